/**
 * Leases and timers: renewing them, and seeing to those that are over.
 *
 * 1. The loss of an owner speaks against its run, unless the owner lives and says that it had to give the run up: then the
 *    store was away, and not the worker (E8).
 * 2. A loss is counted once and taken back once: it is known by its fence.
 */
import type { HeartbeatInput, HeartbeatResult, ReapResult, RunToken } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";
import { cancelRun } from "./cancel.ts";
import { oldestFirst } from "./oldest-first.ts";
import { isOwner } from "./own.ts";

/** A worker's presence lasts this many leases: one late heartbeat does not make it look gone. */
export const PRESENCE_LEASES = 2;

/** How many runs one `reap` sees to at most, so that nobody waits long behind it. */
export const REAP_LIMIT = 200;

/** A heartbeat's answer, and what the runs became that the worker had given up. */
export interface Heard extends HeartbeatResult {
  /** They are ready, or ended where they are among `cancelled`. */
  readonly given: number;
  readonly cancelled: readonly string[];
}

export function heartbeat(tables: Tables, input: HeartbeatInput, now: number): Heard {
  const { worker, tokens, givenUp = [], leaseMs } = input;
  tables.deleteExpiredWorkers(now);
  tables.putWorker({ ...worker, seenAt: now, expiresAt: now + leaseMs * PRESENCE_LEASES });
  const lost: string[] = [];
  const held: HeartbeatResult["held"][number][] = [];
  for (const token of tokens) {
    const run = tables.findRun(token.runId);
    if (run === undefined || !isOwner(run, token)) {
      lost.push(token.runId);
      continue;
    }
    tables.updateRun(run.number, { leaseUntil: now + leaseMs });
    const { runId, signals, cancelRequested } = run;
    held.push({ runId, signals, cancelRequested });
  }
  let given = 0;
  const cancelled: string[] = [];
  for (const token of givenUp) {
    const run = tables.findRun(token.runId);
    if (run === undefined) continue;
    if (!isOwner(run, token)) forgive(tables, run, token);
    else {
      given += 1;
      cancelled.push(...takeBack(tables, [run], now, "forgiven"));
    }
  }
  return { lost, held, given, cancelled };
}

/** A loss that was counted is taken back, whoever has the run by now. */
function forgive(tables: Tables, run: RunRow, { fence }: RunToken): void {
  if (run.lostFence !== fence || fence <= 0) return;
  tables.updateRun(run.number, { recoveries: Math.max(0, run.recoveries - 1), lostFence: 0 });
}

/** True when there is something to see to. */
export function mustReap(tables: Tables, now: number): boolean {
  return tables.expiredRuns(now, 1).length > 0 || tables.dueRuns(now, 1).length > 0;
}

export interface Reaped extends ReapResult {
  /** Of the expired: runs that ended, as their cancel had been asked. */
  readonly cancelled: readonly string[];
}

export function reap(tables: Tables, now: number): Reaped {
  const expired = tables.expiredRuns(now, REAP_LIMIT);
  const cancelled = takeBack(tables, expired, now, "counted");
  const due = tables.dueRuns(now, REAP_LIMIT);
  for (const run of oldestFirst(due)) tables.updateRun(run.number, { phase: "ready", wakeAt: null });
  return { expired: expired.length, due: due.length, cancelled };
}

/** The worker is known to be dead: nobody waits for its leases to expire. Up to the same limit of runs. */
export function buryWorker(tables: Tables, worker: string, now: number): Reaped {
  const runs = tables.runsOf(worker, REAP_LIMIT);
  const cancelled = takeBack(tables, runs, now, "counted");
  if (runs.length < REAP_LIMIT) tables.deleteWorker(worker);
  return { expired: runs.length, due: 0, cancelled };
}

/** Makes runs ready whose owner was lost; returns those that ended instead, as their cancel had been asked. */
function takeBack(
  tables: Tables,
  runs: readonly RunRow[],
  now: number,
  loss: "counted" | "forgiven",
): readonly string[] {
  const cancelled: string[] = [];
  for (const run of oldestFirst(runs)) {
    if (run.cancelRequested) {
      cancelRun(tables, run, now);
      cancelled.push(run.runId);
      continue;
    }
    const count = loss === "counted" ? { recoveries: run.recoveries + 1, lostFence: run.fence } : {};
    tables.updateRun(run.number, { phase: "ready", leaseUntil: null, wasLost: true, ...count });
  }
  return cancelled;
}
