/** Leases and timers: renewing them, and seeing to those that are over. */
import type { HeartbeatInput, HeartbeatResult, ReapResult } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";
import { cancelRun } from "./cancel.ts";
import { isOwner } from "./own.ts";

/** A worker's presence lasts this many leases: one late heartbeat does not make it look gone. */
export const PRESENCE_LEASES = 2;

/** How many runs one `reap` sees to at most, so that nobody waits long behind it. */
export const REAP_LIMIT = 200;

export function heartbeat(tables: Tables, input: HeartbeatInput, now: number): HeartbeatResult {
  const { worker, tokens, leaseMs } = input;
  tables.deleteExpiredWorkers(now);
  tables.putWorker({ ...worker, seenAt: now, expiresAt: now + leaseMs * PRESENCE_LEASES });
  const lost: string[] = [];
  const held: HeartbeatResult["held"][number][] = [];
  for (const token of tokens) {
    const run = tables.findRun(token.runId);
    if (!isOwner(run, token)) {
      lost.push(token.runId);
      continue;
    }
    tables.updateRun(run.number, { leaseUntil: now + leaseMs });
    const { runId, signals, cancelRequested } = run;
    held.push({ runId, signals, cancelRequested });
  }
  return { lost, held };
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
  const cancelled = takeBack(tables, expired, now);
  const due = tables.dueRuns(now, REAP_LIMIT);
  for (const run of due) tables.updateRun(run.number, { phase: "ready", wakeAt: null });
  return { expired: expired.length, due: due.length, cancelled };
}

/** The worker is known to be dead: nobody waits for its leases to expire. Up to the same limit of runs. */
export function buryWorker(tables: Tables, worker: string, now: number): Reaped {
  const runs = tables.runsOf(worker, REAP_LIMIT);
  const cancelled = takeBack(tables, runs, now);
  if (runs.length < REAP_LIMIT) tables.deleteWorker(worker);
  return { expired: runs.length, due: 0, cancelled };
}

/** Makes runs ready whose owner was lost; returns those that ended instead, as their cancel had been asked. */
function takeBack(tables: Tables, runs: readonly RunRow[], now: number): readonly string[] {
  const cancelled: string[] = [];
  for (const run of runs) {
    if (run.cancelRequested) {
      cancelRun(tables, run, now);
      cancelled.push(run.runId);
      continue;
    }
    const recoveries = run.recoveries + 1;
    tables.updateRun(run.number, { phase: "ready", leaseUntil: null, wasLost: true, recoveries });
  }
  return cancelled;
}
