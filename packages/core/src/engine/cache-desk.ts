/** Where the steps of a run find values that others have made, or are making, as the engine sees it. */
import type { Json } from "../protocol/json.ts";

export interface CacheNeed {
  /** Says all that the value depends on. */
  readonly key: string;
  readonly component: string;
  /** Null where it is the same for all tenants. */
  readonly tenant: string | null;
  /** Who needs it: the same in every life of its run. */
  readonly holder: string;
  readonly ttlMs: number;
  /** Values made up to then do not count, store time. */
  readonly newerThan?: number;
  /** It makes the value, whatever is there and whoever else makes it. */
  readonly takeOver?: boolean;
  /** `at`: when it was made, store time. */
  readonly onHit: (value: Json, at: number) => void;
  /** It is to make the value. */
  readonly onLead: () => void;
  /** Another makes it. May be called more than once, and something else follows. */
  readonly onWaiting: () => void;
}

/** What was asked for: an answer that is still to come, or the task to make the value. */
export interface CacheClaim {
  /** The value is made: it is for all who need it. */
  fill(value: Json): void;
  /** It is not needed, or not made. Does nothing after `fill`. */
  giveUp(): void;
}

export interface CacheDesk {
  /** Calls back later, never before it has returned. */
  ask(need: CacheNeed): CacheClaim;
}
