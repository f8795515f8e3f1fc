/** Where the attempts of a run get the permits that their limits ask for, as the engine sees it. */
import type { Limit } from "../authoring/limit.ts";
import type { LimitNumbers } from "../store/limits.ts";
import type { WaitReason } from "../protocol/events.ts";

/** Why there is no permit yet. */
export interface PermitWait {
  readonly reason: WaitReason;
  /** When its turn may come, store time; null where it depends on who gives a permit back. */
  readonly until: number | null;
  /** How many come first. */
  readonly ahead: number;
}

export interface PermitWant {
  readonly limit: Limit;
  /** The same in every life of the run, and of no other attempt. */
  readonly id: string;
  /** False where a component around it holds the slot: it counts for the rate only. */
  readonly slot: boolean;
  readonly onGranted: () => void;
  /** Called with every answer that is none. */
  readonly onWaiting: (wait: PermitWait) => void;
  /** The circuit is open, at least until then: it has no place in the line. */
  readonly onOpen: (until: number) => void;
  /** The store has given it to others, as the worker was silent for too long. */
  readonly onLost: () => void;
  /** A worker says other numbers for this key. `applies`: its code is newer, and they hold. Told to one, once. */
  readonly onConflict: (numbers: LimitNumbers, applies: boolean) => void;
}

/** How a permit was used. */
export interface PermitUse {
  /** `failed`: it says that the provider is ill. `ok`: it has answered. `none`: nobody knows. */
  readonly outcome: "ok" | "failed" | "none";
  /** Absent where nobody knows. */
  readonly tokens?: number;
}

export interface Permit {
  /** The permit, or the place in the line. Once. */
  giveBack(use: PermitUse): void;
}

export interface PermitDesk {
  ask(want: PermitWant): Permit;
  /** Nobody gets a permit of the key before then, store time. */
  pause(key: string, until: number): void;
}
