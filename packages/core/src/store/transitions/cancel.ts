/**
 * Cancelling (E9): the owner of a run cancels it; the store itself ends a run that nobody executes.
 *
 * 1. Nobody executes a run that is ready, parked, released, or whose owner's lease has expired: an owner that comes back
 *    is fenced. So a run whose cancel was asked is never ready, parked or given to a worker.
 * 2. While somebody does, the request is only noted, and wins over any other end that is not yet written.
 */
import type { CancelOutcome } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";
import { toEventText } from "./records.ts";
import { timeIn, write } from "./write.ts";

export function requestCancel(tables: Tables, runId: string, now: number): CancelOutcome {
  const run = tables.findRun(runId);
  if (!run) return "unknown_run";
  if (run.phase === "ended") return "ended";
  if (run.phase === "owned" && run.leaseUntil! > now) {
    if (!run.cancelRequested) {
      tables.updateRun(run.number, { cancelRequested: true, updatedAt: timeIn(run, now) });
    }
    return "requested";
  }
  cancelRun(tables, run, now);
  return "cancelled";
}

/** Ends the run, which nobody executes. */
export function cancelRun(tables: Tables, run: RunRow, now: number): void {
  const at = timeIn(run, now);
  write(
    tables,
    run,
    [toEventText({ type: "run.cancelled" })],
    { fence: 0, at },
    { phase: "ended", cancelRequested: true, leaseUntil: null, wakeAt: null, endedAt: at },
  );
}
