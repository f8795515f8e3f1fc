import type { HeldPermit } from "./held-permit.ts";

/** What is under way for a call: a component's attempt, a timer, a wait, the body of a workflow. */
export interface Execution {
  /** Stops it: aborts its signal, ends its scope, clears its timers. Its result will be dropped. */
  stop(reason: unknown): void;
  /** A component that cannot end here while the run is drained: it waits for a call, or to try again. */
  isWaiting?(): boolean;
  /** Until when it only waits, store time; null for a signal, or while that is not known. */
  readonly deadline?: number | null;
  /** Tokens that a component's newest attempt has used so far; undefined if it has not said. */
  readonly tokensUsed?: number | undefined;
  /** A component's: what its attempt holds of the limit of that key. */
  heldPermit?(key: string): HeldPermit | undefined;
  /** A component's: others may wait for what its attempt holds. */
  readonly holdsPermit?: boolean;
  /** What the output of a component is kept by for others, where it is. */
  readonly cacheKey?: string | undefined;
  /** Resolves once the body that is executing has come to its end, stopped or not. */
  over?: Promise<unknown> | undefined;
  /** A component that waits to try again: the journal has its failed attempt. */
  resume?: (() => void) | undefined;
  /** A component's own timer: the journal has its deadline. */
  arm?: (at: number) => void;
}
