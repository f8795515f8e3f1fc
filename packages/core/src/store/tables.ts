/**
 * What a store keeps, as its transitions see it: rows that are read and written inside one transaction.
 *
 * The transitions (`transitions/`) are written once, against this; an implementation brings the rows and the atomicity.
 */
import type { Cursor } from "../protocol/cursor.ts";
import type { EventType, RunEvent } from "../protocol/events.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { WorkflowManifest } from "../protocol/manifest.ts";
import type { RunStatus } from "../protocol/run-view.ts";
import type { CacheAddress, ClearCache } from "./cache.ts";
import type { LimitTables } from "./limit-tables.ts";
import type { LiveWorker, StoredEntry, StoredSignal } from "./store.ts";

/**
 * Who has a run: its queue, an owner, nobody until it wakes up, nobody until a person or another build lets it go on,
 * nobody any more. What a person sees is its status.
 */
export type Phase = "ready" | "owned" | "parked" | "blocked" | "ended";

export interface RunRow {
  /** Order of creation; never given twice. */
  readonly number: number;
  readonly runId: string;
  readonly workflow: string;
  readonly queue: string;
  /** Empty for nobody in particular. */
  readonly tenant: string;
  readonly priority: number;
  readonly createdAt: number;
  /** As the events written so far say it. */
  readonly status: RunStatus;
  readonly phase: Phase;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  readonly tail: Cursor;
  readonly fence: number;
  /** The worker that claimed it last. */
  readonly owner: string | null;
  /** Until when the owner has the run. */
  readonly leaseUntil: number | null;
  readonly wakeAt: number | null;
  /** Claims so far. */
  readonly execution: number;
  readonly recoveries: number;
  /** Fence of the owner whose loss was counted last; 0 for none, or when that was taken back. */
  readonly lostFence: number;
  /** The last owner's lease expired, and nobody has claimed the run since. */
  readonly wasLost: boolean;
  readonly cancelRequested: boolean;
  /** How many signals there are. */
  readonly signals: number;
}

type Fixed = "runId" | "workflow" | "queue" | "tenant" | "priority" | "createdAt";

type NewRun = Pick<RunRow, Fixed> & {
  readonly input: Json;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly salt: string;
};

export type RunChange = Partial<Omit<RunRow, "number" | Fixed>>;

/** A record as text, made before any lock is taken. */
export interface RecordText {
  readonly type: EventType;
  readonly event: string;
  readonly entry: string | null;
}

/** Where and when an event was written. */
export interface Stamp {
  readonly fence: number;
  readonly at: number;
}

/** An event as it stands in the store. */
export interface StoredText extends Stamp {
  readonly event: string;
}

/** What tells one idempotency key from another. */
export interface IdempotencyName {
  readonly workflow: string;
  /** Empty for nobody in particular. */
  readonly tenant: string;
  readonly key: string;
}

export interface IdempotencyRow {
  readonly runId: string;
  readonly fingerprint: string;
}

/** A value that runs share, or the task to make it. */
export interface CacheRow extends CacheAddress {
  /** As JSON; null until it is filled for the first time. */
  readonly value: string | null;
  readonly at: number;
  /** When the value expires; 0 without one. */
  readonly expiresAt: number;
  readonly filledBy: string | null;
  /** Who is making it, on which worker, and until when it is waited for without news; null, null and 0 for nobody. */
  readonly holder: string | null;
  readonly worker: string | null;
  readonly leadUntil: number;
}

interface WorkerRow extends LiveWorker {
  readonly expiresAt: number;
}

interface RunsFilter {
  readonly workflow: string | undefined;
  readonly status: RunStatus | undefined;
  readonly tenant: string | undefined;
  readonly tag: string | undefined;
  /** Only runs created before the one with this number. */
  readonly before: number | undefined;
}

export interface Tables extends LimitTables {
  findRun(runId: string): RunRow | undefined;
  /** Ready, without events, at the tail 0-0. */
  insertRun(run: NewRun): RunRow;
  updateRun(number: number, change: RunChange): void;
  /** Newest first. */
  listRuns(filter: RunsFilter, limit: number): readonly RunRow[];
  /** Whether a run is ready that need not be executed alone. */
  hasReady(queue: string): boolean;
  /**
   * The next of these: the oldest of the tenant that stands first in the line of the highest priority. A tenant that comes
   * to a line stands at its end, and so does one of which a run was taken, that is, became `owned`.
   */
  nextReady(queue: string): RunRow | undefined;
  /** The oldest ready run that has been lost at least `ALONE_AFTER` times in a row. */
  nextAlone(queue: string): RunRow | undefined;
  countAlone(queue: string): number;
  expiredRuns(now: number, limit: number): readonly RunRow[];
  /** Runs the worker has. */
  runsOf(worker: string, limit: number): readonly RunRow[];
  dueRuns(now: number, limit: number): readonly RunRow[];
  blockedRuns(queue: string): readonly RunRow[];
  readInput(number: number): { readonly input: Json; readonly salt: string };
  readTags(number: number): readonly string[];
  readMetadata(number: number): JsonObject;

  insertRecords(number: number, after: number, stamp: Stamp, records: readonly RecordText[]): void;
  findStamp(number: number, seq: number): Stamp | undefined;
  /** The events after `after`, as text. */
  readTexts(number: number, after: number, limit: number): readonly StoredText[];
  /** How many of the events after `after`, at most `limit`, have no more than so many bytes of text together. */
  countFitting(number: number, after: number, limit: number, bytes: number): number;
  readEvents(number: number, after: number, limit: number): readonly RunEvent[];
  readJournal(number: number): readonly StoredEntry[];

  hasSignal(number: number, id: string): boolean;
  insertSignal(number: number, signal: StoredSignal): void;
  readSignals(number: number, after: number): readonly StoredSignal[];

  findIdempotency(name: IdempotencyName): IdempotencyRow | undefined;
  insertIdempotency(name: IdempotencyName, row: IdempotencyRow): void;

  /** When runs were last taken from the queue, counted in turns of all queues; 0 for never. */
  findTurn(queue: string): number;
  /** Makes this queue the one that was served last. */
  takeTurn(queue: string): void;

  /** Takes away up to `limit` ended runs with all that can be reached through them; what remains is for `purge`. */
  deleteEnded(endedBefore: number, limit: number): number;
  /** Deletes up to `limit` rows of deleted runs. False when none are left. */
  purge(limit: number): boolean;

  /** Keeps these, and of the workflow's others the newest, `KEPT_TIMINGS` in all. */
  insertTimings(workflow: string, timings: Json): void;
  /** Newest first. */
  readTimings(workflow: string): readonly Json[];

  findCached(key: string): CacheRow | undefined;
  putCached(row: CacheRow): void;
  deleteCached(key: string): void;
  listCached(filter: ClearCache, limit: number): readonly Pick<CacheRow, "key" | "expiresAt">[];
  /** Deletes up to `limit` rows whose value has expired and that nobody is making. */
  deleteExpiredCached(now: number, limit: number): void;

  putManifest(manifest: WorkflowManifest): void;
  /** By name. */
  listManifests(): readonly WorkflowManifest[];
  putWorker(worker: WorkerRow): void;
  deleteWorker(id: string): void;
  deleteExpiredWorkers(now: number): void;
  /** By id. */
  listWorkers(now: number): readonly LiveWorker[];

  /** A write that changes nothing. */
  touch(): void;
}

/** After so many recoveries without progress a run is executed alone (E8). */
export const ALONE_AFTER = 2;
