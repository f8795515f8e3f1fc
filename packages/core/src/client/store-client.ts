/** What the API plane and scripts do with a store: start runs, steer them, and read what happens in them. */
import type { Cursor } from "../protocol/cursor.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { WorkflowManifest } from "../protocol/manifest.ts";
import type { RunView } from "../protocol/run-view.ts";
import type { ClearCache } from "../store/cache.ts";
import type { ListRuns, LiveWorker, RunRecord, RunsPage } from "../store/store.ts";
import type { EventBatch, FollowOptions } from "./follow.ts";
import type { WaitOptions } from "./wait-for-end.ts";

export interface StartOptions {
  /**
   * Starts with an equal key and input are one run, whatever else is given; an equal key with another input is
   * `idempotency_conflict`. Each tenant has keys of its own.
   */
  readonly idempotencyKey?: string;
  /** For whom: 1 to 100 characters; nobody in particular unless given. Where runs wait for a worker, tenants take turns. */
  readonly tenant?: string;
  /** What the run is found by: 20 at most, of 1 to 100 characters each. */
  readonly tags?: readonly string[];
  /** A note for whoever looks at the run: 16 KiB of JSON at most. The run itself does not see it. */
  readonly metadata?: JsonObject;
  /**
   * A whole number from -100 to 100; 0 unless given. Where runs of a queue wait for a worker, the highest goes first: lower
   * ones may wait for ever.
   */
  readonly priority?: number;
}

export interface StartedRun {
  readonly run: RunRecord;
  /** False when an earlier start with the same idempotency key made the run. */
  readonly isNew: boolean;
}

export interface SignalOptions {
  /** Signals of one run with equal ids are one signal; a random id where absent. */
  readonly id?: string;
  /** The waiting step it answers: the id of an input in the view. */
  readonly input?: string;
}

export interface SentSignal {
  readonly id: string;
  /** True when a signal with this id was there already. */
  readonly isDuplicate: boolean;
}

export interface EventsRead extends EventBatch {
  /** True when these reach the end of the stream as it was when they were read. */
  readonly atTail: boolean;
}

/**
 * Every operation may throw `store_unavailable` and, where it takes the id of a run, `unknown_run`. Inputs and payloads
 * are only checked to be JSON (`not_json`): the API validates against the manifest, the worker against its schema.
 */
export interface StoreClient {
  /** What workers have published, sorted by name. */
  workflows(): Promise<readonly WorkflowManifest[]>;
  /** As it was a second ago at the most. Throws `unknown_workflow`, which lists the known ones. */
  workflow(name: string): Promise<WorkflowManifest>;
  /** Workers that are alive now. */
  workers(): Promise<readonly LiveWorker[]>;
  /** Throws `bad_start`, `not_json`, `unknown_workflow` and `idempotency_conflict`. */
  start(workflow: string, input: Json, options?: StartOptions): Promise<StartedRun>;
  run(runId: string): Promise<RunRecord>;
  /** Newest first. */
  list(query: ListRuns): Promise<RunsPage>;
  /** Everything there is to see of a run, as of now. Throws `view_too_large`. */
  view(runId: string): Promise<RunView>;
  /**
   * At most `limit` events, and about 1 MiB of them, after a cursor (from the start where undefined), perhaps none. Throws
   * `reset`.
   */
  read(runId: string, after: Cursor | undefined, limit: number): Promise<EventsRead>;
  /** The events as they come, until the run has ended. Throws `reset`. */
  follow(runId: string, options?: FollowOptions): AsyncGenerator<EventBatch, void, undefined>;
  /** The view as soon as the run has ended, or as it is when the time is over. Throws `view_too_large`. */
  waitForEnd(runId: string, options?: WaitOptions): Promise<RunView>;
  /**
   * The manifest of the run's workflow, if the run takes this signal, or took one with its id before. Throws `run_ended`,
   * `unknown_signal` and `input_closed`.
   */
  receiver(runId: string, signal: string, options?: SignalOptions): Promise<WorkflowManifest>;
  /** Throws `run_ended`, `unknown_signal` and `input_closed`, but never for a signal that was accepted before. */
  signal(runId: string, name: string, payload: Json, options?: SignalOptions): Promise<SentSignal>;
  /** `cancelled` when nobody executed the run, else `cancelling`. Throws `run_ended`. */
  cancel(runId: string): Promise<"cancelled" | "cancelling">;
  /** Lets a blocked run go on in spite of what it is blocked by (E4). Throws `run_not_blocked`. */
  accept(runId: string): Promise<void>;
  /** Lets a run go on that failed or was cancelled (E7). Throws `run_unfinished` and `run_completed`. */
  retry(runId: string): Promise<void>;
  /**
   * Deletes outputs that components with `.cache()` have left for others: those of a component, of a tenant ("" for runs
   * without one), of both, or all. What is being made for others at this moment is kept for nobody. How many there were.
   */
  clearCache(filter: ClearCache): Promise<number>;
  /** Throws when the store does not answer. */
  ping(): Promise<void>;
}
