/**
 * A person, or a new build, lets a run go on that nobody would make ready by itself.
 *
 * 1. What a person decided is an entry of the run's journal, written with the change of the run: it is folded like all
 *    else, and so decided once.
 * 2. A run is blocked from `block` until somebody claims it: it may be accepted after a new build has made it ready.
 */
import type { AcceptOutcome, RetryOutcome } from "../store.ts";
import type { RunChange, RunRow, Tables } from "../tables.ts";
import { oldestFirst } from "./oldest-first.ts";
import { ACCEPTED, RETRIED, toText } from "./records.ts";
import { timeIn, write } from "./write.ts";

export function acceptRun(tables: Tables, runId: string, now: number): AcceptOutcome {
  const run = tables.findRun(runId);
  if (!run) return "unknown_run";
  if (run.status !== "blocked") return "not_blocked";
  requeue(tables, run, now, "accepted", {});
  return "accepted";
}

export function retryRun(tables: Tables, runId: string, now: number): RetryOutcome {
  const run = tables.findRun(runId);
  if (!run) return "unknown_run";
  if (run.phase !== "ended") return "unfinished";
  if (run.status === "completed") return "completed";
  // Retention deletes what has an end.
  const change = {
    endedAt: null,
    cancelRequested: false,
    recoveries: 0,
    lostFence: 0,
    wasLost: false,
    wakeAt: null,
  };
  requeue(tables, run, now, "retried", change);
  return "retried";
}

export function unblockRuns(tables: Tables, queues: readonly string[]): number {
  let count = 0;
  for (const queue of new Set(queues)) {
    for (const run of oldestFirst(tables.blockedRuns(queue))) {
      tables.updateRun(run.number, { phase: "ready" });
      count += 1;
    }
  }
  return count;
}

function requeue(
  tables: Tables,
  run: RunRow,
  now: number,
  reason: "accepted" | "retried",
  change: RunChange,
): void {
  const event = { type: "run.queued", workflow: run.workflow, reason } as const;
  const entry = reason === "accepted" ? ACCEPTED : RETRIED;
  const stamp = { fence: 0, at: timeIn(run, now) };
  write(tables, run, [toText({ event, entry })], stamp, { ...change, phase: "ready" });
}
