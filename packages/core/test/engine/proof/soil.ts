import type { Expression, LeafCall, NestedCall, SleepCall, WaitCall } from "./program.ts";
import type { Random } from "./random.ts";

/** What may be used where something grows. */
export interface Soil {
  readonly depth: number;
  readonly values: readonly string[];
  readonly held: readonly string[];
  /** A failure here is caught, or tried again. */
  readonly isSafe: boolean;
  /** How often what grows here may be executed. */
  readonly times: number;
  /** Calls may be made in place of props. */
  readonly inBody: boolean;
  /** In an async body: trees are awaited. */
  readonly isAsync: boolean;
  /** At most once in a body: in no loop of it. */
  readonly isOnce: boolean;
  /** Attempts around may take another way. */
  readonly isRepeated: boolean;
  /** A timeout is around, which may cancel a step between two attempts. */
  readonly isTimed: boolean;
  /** A provider is around, in the same tree. */
  readonly hasContext: boolean;
  /** What grows is a prop, or held to be one. */
  readonly isProp: boolean;
}

/** Grows the parts of a program. */
export interface Gardener {
  readonly random: Random;
  /** Enough steps are written. */
  readonly isSpent: boolean;
  /** A name that nothing has yet. */
  name(): string;
  key(): { key?: string };
  expression(soil: Soil): Expression;
  leaf(soil: Soil): LeafCall;
  nested(soil: Soil): NestedCall;
  wait(soil: Soil): WaitCall;
  sleep(): SleepCall;
}
