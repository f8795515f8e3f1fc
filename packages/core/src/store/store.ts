/**
 * The store: where runs live. One interface, several implementations, one conformance suite (`describeStore`).
 *
 * 1. Every method is one atomic transition or one consistent read.
 * 2. A run has one owner, the holder of its newest fence; every write of an owner carries its token, and the write of a
 *    stale owner is rejected whole (E8).
 * 3. The events of a run are numbered 1, 2, 3 … without gap. An append names the number it comes after: equal to the
 *    tail → written; already there under this token → acknowledged again (a safe resend); anything else → rejected.
 * 4. Store time decides leases, timers and fences; a worker's clock never does.
 * 5. What was acknowledged survives the death of any process.
 * 6. Signals of a run are a log: in order, deduplicated by id, kept until the run is deleted (E12).
 */
import type { EventBody, RunEvent } from "../protocol/events.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { Cursor } from "../protocol/cursor.ts";
import type { EndStatus, RunStatus } from "../protocol/run-view.ts";
import type { WorkflowManifest } from "../protocol/manifest.ts";
import type { CacheStore } from "./cache.ts";
import type { LimitStore } from "./limits.ts";

// ---- what is stored

/** What a list of runs shows. */
export interface RunSummary {
  readonly runId: string;
  readonly workflow: string;
  readonly status: RunStatus;
  /** For whom it was started; null for nobody in particular. */
  readonly tenant: string | null;
  /** Of the runs that are ready in a queue, the highest goes first. */
  readonly priority: number;
  /** What it is found by. */
  readonly tags: readonly string[];
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

export interface RunRecord extends RunSummary {
  readonly queue: string;
  readonly input: Json;
  /** What was noted with the start; the run itself does not see it. */
  readonly metadata: JsonObject;
  /** Number and fence of the last event. */
  readonly tail: Cursor;
  readonly cancelRequested: boolean;
}

/** One event and, where the run's state depends on it, its journal entry: written together, under one number. */
export interface RecordInput {
  readonly event: EventBody;
  readonly entry?: Json;
}

export interface StoredEntry {
  /** The number of the event it was written with. */
  readonly seq: number;
  readonly at: number;
  readonly entry: Json;
}

export interface StoredSignal {
  /** 1, 2, 3 … within a run. */
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly payload: Json;
  /** The waiting step it answers, where the sender named one. */
  readonly input: string | null;
  readonly at: number;
}

/** Proof of ownership. */
export interface RunToken {
  readonly runId: string;
  readonly fence: number;
}

// ---- starting and steering

export interface CreateRun {
  readonly workflow: string;
  readonly queue: string;
  readonly input: Json;
  /** For whom; nobody in particular where absent or empty. */
  readonly tenant?: string;
  /** A whole number from -100 to 100; 0 where absent. */
  readonly priority?: number;
  /** Each once; none where absent. */
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  /** Equal keys of one workflow and tenant are one run; `fingerprint` tells whether the request is the same. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

export type CreateResult =
  /** `existing`: an earlier request with the same key and fingerprint made it. */
  | { readonly outcome: "created" | "existing"; readonly run: RunRecord }
  /** The key is taken by a request with another fingerprint. */
  | { readonly outcome: "conflict"; readonly runId: string };

export interface SignalInput {
  readonly id: string;
  readonly name: string;
  readonly payload: Json;
  readonly input?: string;
}

/** `duplicate`: a signal with this id is in the log already. `ended`: the run has ended. */
export type SignalOutcome = "accepted" | "duplicate" | "ended" | "unknown_run";

/** `cancelled`: nobody executed the run, the store ended it. `requested`: its owner will. */
export type CancelOutcome = "cancelled" | "requested" | "ended" | "unknown_run";

/** `not_blocked`: the run is in another state. */
export type AcceptOutcome = "accepted" | "not_blocked" | "unknown_run";

/** `completed`: there is nothing to try again. `unfinished`: it has not ended. */
export type RetryOutcome = "retried" | "completed" | "unfinished" | "unknown_run";

// ---- reading

/**
 * What may have changed of a run. `events`: nothing but its stream, by an owner that goes on. `anything`: its end, its
 * signals, a cancel request, or its stream; who does not know says this.
 */
export type RunNews = "events" | "anything";

export type EventsPage =
  | {
      readonly outcome: "events";
      readonly events: readonly RunEvent[];
      readonly status: RunStatus;
      /** True when these reach the tail as it was when they were read. */
      readonly atTail: boolean;
    }
  /** The cursor names an event that does not exist (any more): read again from the start or from a snapshot. */
  | { readonly outcome: "reset" }
  | { readonly outcome: "unknown_run" };

export interface ListRuns {
  readonly workflow?: string;
  readonly status?: RunStatus;
  /** Of this tenant only; any where absent or empty. */
  readonly tenant?: string;
  /** With this tag only; any where absent or empty. */
  readonly tag?: string;
  /** Opaque; from an earlier page. */
  readonly cursor?: string;
  readonly limit: number;
}

export interface RunsPage {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly cursor: string | null;
}

// ---- owning

export interface ClaimRequest {
  readonly worker: string;
  readonly queues: readonly string[];
  /** How many runs at most. */
  readonly limit: number;
  readonly leaseMs: number;
  /** True when this worker executes nothing: only then may it be given a run that must be executed alone. */
  readonly idle: boolean;
}

export interface ClaimResult {
  readonly claims: readonly Claim[];
  /** Runs that are ready but must be executed alone, and were not given because the worker is not idle. */
  readonly alone: number;
}

export interface Claim {
  readonly token: RunToken;
  readonly workflow: string;
  readonly tenant: string | null;
  readonly input: Json;
  /** Secret of the run: keys the ids of its steps. */
  readonly salt: string;
  readonly createdAt: number;
  /** How many times the run has been claimed, this one included. */
  readonly execution: number;
  /**
   * Times in a row that an owner was lost without a journal entry written that counts as progress, and did not live to tell
   * that it had to give the run up.
   */
  readonly recoveries: number;
  /** Must be executed alone on its worker (after two such recoveries). */
  readonly alone: boolean;
  /** Number of the last event. */
  readonly tail: number;
  readonly journal: readonly StoredEntry[];
  readonly signals: readonly StoredSignal[];
  readonly cancelRequested: boolean;
}

export interface AppendInput {
  readonly token: RunToken;
  /** The number of the event these come after. */
  readonly after: number;
  readonly records: readonly RecordInput[];
  /** True when an entry among them is the end of an attempt: the run is getting on. */
  readonly progress: boolean;
}

export type AppendResult =
  /** `at`: the time given to all of them. */
  | { readonly outcome: "written"; readonly at: number }
  /** Another owner has the run, or it has ended. */
  | { readonly outcome: "fenced" }
  /** The store's tail is behind `after`: it lost what it had acknowledged. Claim again and replay. */
  | { readonly outcome: "gap"; readonly tail: number };

export interface ParkInput extends AppendInput {
  /** When to make the run ready again; null for a signal only. */
  readonly wakeAt: number | null;
  /** How many signals the owner has seen; if there are more, or a cancel was asked, the run is not parked. */
  readonly signalsSeen: number;
}

export type ParkResult = AppendResult | { readonly outcome: "news" };

export interface FinishInput extends AppendInput {
  readonly status: EndStatus;
  /** How long the run and its steps took. The newest `KEPT_TIMINGS` of a workflow are kept, whatever becomes of the run. */
  readonly timings?: Json;
}

/** `cancelling`: a cancel was asked before the end was written, so the run ends cancelled or not at all. */
export type FinishResult = AppendResult | { readonly outcome: "cancelling" };

export interface HeartbeatInput {
  readonly worker: WorkerInfo;
  readonly tokens: readonly RunToken[];
  /**
   * Runs the worker has stopped although nothing was wrong with them: the store had not answered it for a whole lease, or
   * had lost what it had acknowledged. Those it still has are ready at once. A loss of them that was counted is not any more.
   */
  readonly givenUp?: readonly RunToken[];
  readonly leaseMs: number;
}

export interface HeartbeatResult {
  /** Runs this worker no longer owns. */
  readonly lost: readonly string[];
  /** For every run it still owns: how many signals there are, and whether a cancel was asked. */
  readonly held: readonly {
    readonly runId: string;
    readonly signals: number;
    readonly cancelRequested: boolean;
  }[];
}

export interface WorkerInfo {
  readonly id: string;
  readonly workflows: readonly string[];
  readonly queues: readonly string[];
  readonly build: string;
  readonly concurrency: number;
  /** The process it is, so that others on its machine notice its death at once. */
  readonly process?: { readonly host: string; readonly pid: number };
}

export interface LiveWorker extends WorkerInfo {
  readonly seenAt: number;
}

export interface ReapResult {
  /** Runs whose owner's lease had expired. */
  readonly expired: number;
  /** Runs whose timer was due. */
  readonly due: number;
}

/** Of how many runs of a workflow a store keeps the timings. */
export const KEPT_TIMINGS = 20;

export type Unsubscribe = () => void;

export interface Store extends CacheStore, LimitStore {
  /** Makes a run and its first event, `run.queued`. */
  createRun(request: CreateRun): Promise<CreateResult>;
  readRun(runId: string): Promise<RunRecord | undefined>;
  listRuns(query: ListRuns): Promise<RunsPage>;
  /**
   * The events after the cursor: at most `limit`, and no more than about 1 MiB of their text, whichever comes first; at
   * least one where there are any, however long. `atTail` tells whether there are more, the number of events does not.
   */
  readEvents(runId: string, after: Cursor, limit: number): Promise<EventsPage>;

  /** Appends to the run's signals log; a parked run becomes ready. */
  sendSignal(runId: string, signal: SignalInput): Promise<SignalOutcome>;
  /** Signals with an index above `after`. */
  readSignals(runId: string, after: number): Promise<readonly StoredSignal[]>;
  /** Asks for a cancel. A run that nobody executes is cancelled at once, by the store. */
  requestCancel(runId: string): Promise<CancelOutcome>;
  /**
   * A blocked run goes on in spite of what it is blocked by: writes `run.queued` (reason `accepted`) with the journal
   * entry `{ t: "accepted" }`, and makes it ready (E4).
   */
  acceptRun(runId: string): Promise<AcceptOutcome>;
  /**
   * A run that failed or was cancelled goes on: writes `run.queued` (reason `retried`) with the journal entry
   * `{ t: "retried" }`, takes its end back, a cancel and lost owners with it, and makes it ready (E7).
   */
  retryRun(runId: string): Promise<RetryOutcome>;
  /** Makes the blocked runs of these queues ready, as another build may be there now; how many. Writes nothing. */
  unblockRuns(queues: readonly string[]): Promise<number>;

  /**
   * Takes ready runs, turn by turn over the queues, and writes `run.started` (or `run.recovered` after a lost owner) with
   * the journal entry `{ t: "claimed" }`. Within a queue the highest priority goes first. Of a priority, tenants are served
   * in turn, a run each, whatever they have waiting: who has come, or was served, stands at the end of the line. Of a
   * tenant, the oldest run goes first.
   */
  claim(request: ClaimRequest): Promise<ClaimResult>;
  append(input: AppendInput): Promise<AppendResult>;
  /** Writes, gives the run up and lets it wait for a timer or a signal. */
  park(input: ParkInput): Promise<ParkResult>;
  /**
   * Writes, `run.blocked` last, and gives the run up: no signal or timer makes it ready again, but `acceptRun` and
   * `unblockRuns` do. Where a cancel was asked, the store ends the run after these records.
   */
  block(input: AppendInput): Promise<AppendResult>;
  /** Writes the last records of the run, its terminal event last, and ends it; keeps its timings, once. */
  finish(input: FinishInput): Promise<FinishResult>;
  /** Writes and gives the run back to its queue, ready at once. Not a recovery. */
  release(input: AppendInput): Promise<AppendResult>;
  /** Renews leases and the worker's own presence. A lease that has expired but was not reaped is renewed. */
  heartbeat(input: HeartbeatInput): Promise<HeartbeatResult>;
  /** Ends the worker's presence. Its runs keep their leases. */
  forgetWorker(worker: string): Promise<void>;
  /** Makes runs ready whose lease has expired or whose timer is due. */
  reap(): Promise<ReapResult>;
  /** Does the same for the runs of a worker that is known to be dead, leases or not, and ends its presence. */
  buryWorker(worker: string): Promise<ReapResult>;
  /** Deletes runs that ended at least this long ago; returns how many. Bounded work per call. */
  deleteEnded(olderThanMs: number): Promise<number>;

  /** Timings of the runs of the workflow that were finished with some, newest first: at most `KEPT_TIMINGS`. */
  readTimings(workflow: string): Promise<readonly Json[]>;

  publishManifests(manifests: readonly WorkflowManifest[]): Promise<void>;
  listManifests(): Promise<readonly WorkflowManifest[]>;
  /** Workers whose presence has not expired. */
  listWorkers(): Promise<readonly LiveWorker[]>;

  /** Calls back, soon, after the run's stream, signals or cancel request may have changed. May call back for nothing. */
  watchRun(runId: string, onChange: (news: RunNews) => void): Unsubscribe;
  /** Calls back, soon, after runs may have become ready. May call back for nothing. */
  watchQueues(onChange: () => void): Unsubscribe;

  /** Milliseconds since the epoch, as the store sees it. */
  now(): Promise<number>;
  /** Throws when the store cannot be reached or written. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
