import type { Duration } from "../../internal/duration.ts";
import type { RunEvent } from "../../protocol/events.ts";
import type { RunStatus, RunView } from "../../protocol/run-view.ts";
import type { SchemaMap } from "../../authoring/workflow.ts";
import type { z } from "zod";
import type { LimitState } from "../../store/limits.ts";
import type { CrashPoint } from "./crash-point.ts";
import type { Mock, Mockable } from "./mock.ts";

/** What `workflow()` returned, as far as its types matter in a test. */
export interface TestableWorkflow<P, O, S extends SchemaMap> {
  readonly name: string;
  readonly "~types": { readonly input: P; readonly signals: S };
  run(...args: never): PromiseLike<O>;
}

export interface TestRunOptions {
  /** What stands in for components and nested workflows; of two for one, the last. */
  readonly mocks?: readonly Mock[];
  /** What becomes of components without a mock: `"run"` executes them, unless given; `"fail"` fails the test. */
  readonly unmocked?: "run" | "fail";
  /** Where the run's process dies, once each; another takes the run over at once. */
  readonly crash?: CrashPoint | readonly CrashPoint[];
  /**
   * While `output()` is awaited and nothing but time is waited for, the clock moves to the next timer by itself; unless
   * `false`.
   */
  readonly autoAdvance?: boolean;
  /** For whom the run is started; nobody in particular unless given. */
  readonly tenant?: string;
  /** Where the clock stands, in milliseconds since the epoch; the beginning of 2026 unless given. */
  readonly startAt?: number;
}

export interface TestClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves time on; each timer that is due fires at its own time, and what follows from it comes before the next. */
  advance(duration: Duration): Promise<void>;
}

/** What a run waits for that does nothing but wait. */
export interface TestWait {
  /** Names of signals. */
  readonly signals: readonly string[];
  /** When it goes on by itself, in milliseconds since the epoch; null where there is none. */
  readonly until: number | null;
}

export interface TestSignalOptions {
  /** Signals with equal ids are one signal. */
  readonly id?: string;
  /** The waiting step it answers: the id of an input in the view. */
  readonly input?: string;
}

/** A run in memory, under the hand of a test. What is read of it is as it was when the last awaited method returned. */
export interface TestRun<O = unknown, S extends SchemaMap = SchemaMap> {
  readonly clock: TestClock;
  /** Everything a person can see of the run. */
  readonly view: RunView;
  /** The run's stream so far. */
  readonly events: readonly RunEvent[];
  readonly status: RunStatus;
  /** Null while the run does something else, and when it has ended. */
  readonly waitsFor: TestWait | null;
  /**
   * The output, once the run has completed. Throws what it failed with, `run_cancelled`, and `test_run_waits` where
   * nothing more happens by itself.
   */
  output(): Promise<O>;
  /**
   * Lets the run move until it has ended or nothing moves but what a component does by itself: a promise of the test's
   * own is not waited for.
   */
  rest(): Promise<void>;
  /** Sends a signal, and lets the run rest. Throws `invalid_payload`, and what the API would refuse it with. */
  signal<N extends keyof S & string>(
    name: N,
    payload: z.input<S[N]>,
    options?: TestSignalOptions,
  ): Promise<void>;
  /** Asks for the run to be cancelled, and lets it rest. */
  cancel(): Promise<void>;
  /** A run that has failed or was cancelled goes on: what has finished is kept. Lets it rest. */
  retry(): Promise<void>;
  /** The process that executes the run dies, here and now; another takes the run over. */
  crash(): Promise<void>;
  /** How a limit stands: who holds a permit, who waits, until when it is paused. Undefined for a key that nobody used. */
  limit(key: string): Promise<LimitState | undefined>;
  /** The props of every start of a component or mocked workflow, in order; a retry is a start. */
  calls<Q>(target: Mockable<Q, unknown>): readonly Q[];
}
