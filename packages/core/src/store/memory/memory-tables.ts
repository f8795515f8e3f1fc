/**
 * Rows in memory, as text: what is read is never what was written, as with any other store.
 *
 * 1. A transaction that throws leaves nothing behind: the transitions decide before they write.
 */
import type { Json, JsonObject } from "../../protocol/json.ts";
import type { RunEvent } from "../../protocol/events.ts";
import type { WorkflowManifest } from "../../protocol/manifest.ts";
import { createMemoryLimitTables } from "./memory-limit-tables.ts";
import { KEPT_TIMINGS, type LiveWorker, type StoredEntry, type StoredSignal } from "../store.ts";
import { createCacheTables } from "./cache-tables.ts";
import {
  ALONE_AFTER,
  type IdempotencyName,
  type IdempotencyRow,
  type RunRow,
  type Stamp,
  type Tables,
} from "../tables.ts";
import { Lines } from "./lines.ts";

interface StoredRun {
  row: RunRow;
  readonly input: string;
  readonly tags: readonly string[];
  readonly metadata: string;
  readonly salt: string;
  readonly events: (Stamp & { readonly text: string })[];
  readonly journal: { readonly seq: number; readonly at: number; readonly text: string }[];
  readonly signals: StoredSignal[];
}

export function createMemoryTables(): Tables {
  /** In order of creation. */
  const runs = new Map<number, StoredRun>();
  const numbers = new Map<string, number>();
  const idempotency = new Map<string, IdempotencyRow>();
  const lines = new Lines();
  const turns = new Map<string, number>();
  /** By workflow, newest first. */
  const timings = new Map<string, readonly string[]>();
  const manifests = new Map<string, string>();
  const workers = new Map<string, { readonly expiresAt: number; readonly worker: LiveWorker }>();
  let created = 0;
  let turn = 0;

  const runOf = (number: number): StoredRun => {
    const run = runs.get(number);
    if (!run) throw new Error(`run number ${number} is not in the store`);
    return run;
  };
  const select = (filter: (row: RunRow) => boolean, limit: number): RunRow[] => {
    const found: RunRow[] = [];
    for (const { row } of runs.values()) {
      if (found.length >= limit) break;
      if (filter(row)) found.push(row);
    }
    return found;
  };
  const isAlone = (row: RunRow, queue: string): boolean =>
    row.phase === "ready" && row.queue === queue && row.recoveries >= ALONE_AFTER;

  return {
    findRun: (runId) => {
      const number = numbers.get(runId);
      return number === undefined ? undefined : runOf(number).row;
    },
    insertRun({ input, tags, metadata, salt, ...given }) {
      const { runId } = given;
      const number = ++created;
      const row = newRow({ number, ...given });
      const texts = { input: JSON.stringify(input), metadata: JSON.stringify(metadata) };
      const kept = { ...texts, tags: [...tags], salt };
      runs.set(number, { row, ...kept, events: [], journal: [], signals: [] });
      numbers.set(runId, number);
      lines.enter(row);
      return row;
    },
    updateRun(number, change) {
      const run = runOf(number);
      const wasInLine = isInLine(run.row);
      run.row = { ...run.row, ...change };
      if (isInLine(run.row) === wasInLine) return;
      if (wasInLine && run.row.phase === "owned") lines.take(run.row);
      else if (wasInLine) lines.leave(run.row);
      else lines.enter(run.row);
    },
    listRuns({ workflow, status, tenant, tag, before }, limit) {
      const newestFirst = [...runs.values()].toReversed();
      return newestFirst
        .filter(
          ({ row, tags }) =>
            (workflow === undefined || row.workflow === workflow) &&
            (status === undefined || row.status === status) &&
            (tenant === undefined || row.tenant === tenant) &&
            (tag === undefined || tags.includes(tag)) &&
            (before === undefined || row.number < before),
        )
        .slice(0, limit)
        .map(({ row }) => row);
    },
    nextReady(queue) {
      const number = lines.next(queue);
      return number === undefined ? undefined : runOf(number).row;
    },
    hasReady: (queue) => lines.next(queue) !== undefined,
    nextAlone: (queue) => select((row) => isAlone(row, queue), 1)[0],
    countAlone: (queue) => select((row) => isAlone(row, queue), Infinity).length,
    expiredRuns: (now, limit) => select((row) => row.leaseUntil !== null && row.leaseUntil <= now, limit),
    runsOf: (worker, limit) => select((row) => row.leaseUntil !== null && row.owner === worker, limit),
    dueRuns: (now, limit) =>
      select((row) => row.phase === "parked" && row.wakeAt !== null && row.wakeAt <= now, limit),
    blockedRuns: (queue) => select((row) => row.phase === "blocked" && row.queue === queue, Infinity),
    readTags: (number) => runOf(number).tags,
    readMetadata: (number) => fromText(runOf(number).metadata) as JsonObject,
    readInput: (number) => ({ input: fromText(runOf(number).input), salt: runOf(number).salt }),

    insertRecords(number, after, { fence, at }, records) {
      const { events, journal } = runOf(number);
      for (const [index, { event, entry }] of records.entries()) {
        events.push({ fence, at, text: event });
        if (entry !== null) journal.push({ seq: after + index + 1, at, text: entry });
      }
    },
    findStamp: (number, seq) => runOf(number).events[seq - 1],
    readTexts: (number, after, limit) =>
      runOf(number)
        .events.slice(after, after + limit)
        .map(({ fence, at, text }) => ({ fence, at, event: text })),
    countFitting(number, after, limit, bytes) {
      const { events } = runOf(number);
      const end = Math.min(after + limit, events.length);
      let fitting = after;
      let total = 0;
      while (fitting < end && (total += Buffer.byteLength(events[fitting]!.text)) <= bytes) fitting += 1;
      return fitting - after;
    },
    readEvents: (number, after, limit) =>
      runOf(number)
        .events.slice(after, after + limit)
        .map(({ fence, at, text }, index) => {
          const stamp = { seq: after + index + 1, fence, at };
          return { ...stamp, ...(fromText(text) as object) } as RunEvent;
        }),
    readJournal: (number) =>
      runOf(number).journal.map(({ seq, at, text }): StoredEntry => ({ seq, at, entry: fromText(text) })),

    hasSignal: (number, id) => runOf(number).signals.some((signal) => signal.id === id),
    insertSignal: (number, signal) => void runOf(number).signals.push(structuredClone(signal)),
    readSignals: (number, after) => structuredClone(runOf(number).signals.slice(after)),

    findIdempotency: (name) => idempotency.get(toIdempotencyName(name)),
    insertIdempotency: (name, row) => void idempotency.set(toIdempotencyName(name), row),

    findTurn: (queue) => turns.get(queue) ?? 0,
    takeTurn: (queue) => void turns.set(queue, ++turn),

    deleteEnded(endedBefore, limit) {
      const ended = select((row) => row.endedAt !== null && row.endedAt <= endedBefore, limit);
      const ids = new Set(ended.map(({ runId }) => runId));
      for (const { number, runId } of ended) {
        runs.delete(number);
        numbers.delete(runId);
      }
      for (const [key, { runId }] of idempotency) if (ids.has(runId)) idempotency.delete(key);
      return ended.length;
    },
    purge: () => false,

    insertTimings(workflow, given) {
      const kept = [JSON.stringify(given), ...(timings.get(workflow) ?? [])].slice(0, KEPT_TIMINGS);
      timings.set(workflow, kept);
    },
    readTimings: (workflow) => (timings.get(workflow) ?? []).map(fromText),

    ...createCacheTables(),

    putManifest: (manifest) => void manifests.set(manifest.name, JSON.stringify(manifest)),
    listManifests: () =>
      [...manifests]
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([, text]) => JSON.parse(text) as WorkflowManifest),
    putWorker: ({ expiresAt, ...worker }) =>
      void workers.set(worker.id, { expiresAt, worker: structuredClone(worker) }),
    deleteWorker: (id) => void workers.delete(id),
    deleteExpiredWorkers(now) {
      for (const [id, { expiresAt }] of workers) if (expiresAt <= now) workers.delete(id);
    },
    listWorkers: (now) =>
      [...workers.values()]
        .filter(({ expiresAt }) => expiresAt > now)
        .toSorted((left, right) => (left.worker.id < right.worker.id ? -1 : 1))
        .map(({ worker }) => structuredClone(worker)),
    touch: () => {},

    ...createMemoryLimitTables(),
  };
}

function newRow(
  given: Pick<RunRow, "number" | "runId" | "workflow" | "queue" | "tenant" | "priority" | "createdAt">,
): RunRow {
  return {
    ...given,
    status: "queued",
    phase: "ready",
    updatedAt: given.createdAt,
    endedAt: null,
    tail: { seq: 0, fence: 0 },
    fence: 0,
    owner: null,
    leaseUntil: null,
    wakeAt: null,
    execution: 0,
    recoveries: 0,
    lostFence: 0,
    wasLost: false,
    cancelRequested: false,
    signals: 0,
  };
}

function isInLine({ phase, recoveries }: RunRow): boolean {
  return phase === "ready" && recoveries < ALONE_AFTER;
}

function toIdempotencyName({ workflow, tenant, key }: IdempotencyName): string {
  return JSON.stringify([workflow, tenant, key]);
}

function fromText(text: string): Json {
  return JSON.parse(text) as Json;
}
