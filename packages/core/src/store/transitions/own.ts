/** What an owner does with its run: append to it, and give it up in one of four ways. */
import type {
  AppendInput,
  AppendResult,
  FinishInput,
  FinishResult,
  ParkInput,
  ParkResult,
  RunToken,
} from "../store.ts";
import type { RecordText, RunChange, RunRow, Tables } from "../tables.ts";
import { cancelRun } from "./cancel.ts";
import { judge, timeIn, write } from "./write.ts";

type Records = readonly RecordText[];

export function append(tables: Tables, input: AppendInput, records: Records, now: number): AppendResult {
  const verdict = judge(tables, input, records, () => false);
  if (verdict.outcome !== "write") return verdict;
  return writeOwn(tables, verdict.run, input, records, now, {});
}

/** Nothing is written when there is news for the run: a signal it has not seen, or a cancel. */
export function park(tables: Tables, input: ParkInput, records: Records, now: number): ParkResult {
  // It may have been woken since; a run that was lost was never parked.
  const wasGivenUp = ({ phase, wasLost }: RunRow): boolean =>
    phase === "parked" || (phase === "ready" && !wasLost);
  const verdict = judge(tables, input, records, wasGivenUp);
  if (verdict.outcome !== "write") return verdict;
  const { run } = verdict;
  if (run.cancelRequested || run.signals > input.signalsSeen) return { outcome: "news" };
  const change = { phase: "parked", leaseUntil: null, wakeAt: input.wakeAt } as const;
  return writeOwn(tables, run, input, records, now, change);
}

/** A run whose cancel was asked has nobody to see to it any more: the store ends it, after these records (E9). */
export function release(tables: Tables, input: AppendInput, records: Records, now: number): AppendResult {
  const wasGivenUp = (run: RunRow): boolean =>
    (run.phase === "ready" && !run.wasLost) || wasCancelledByStore(run);
  const verdict = judge(tables, input, records, wasGivenUp);
  if (verdict.outcome !== "write") return verdict;
  const { run } = verdict;
  const result = writeOwn(tables, run, input, records, now, { phase: "ready", leaseUntil: null });
  if (run.cancelRequested) cancelRun(tables, tables.findRun(run.runId)!, now);
  return result;
}

/** Where a cancel was asked, the store ends the run, after these records, as with `release`. */
export function block(tables: Tables, input: AppendInput, records: Records, now: number): AppendResult {
  // It may have been made ready since.
  const wasGivenUp = (run: RunRow): boolean =>
    run.phase === "blocked" || (run.phase === "ready" && !run.wasLost) || wasCancelledByStore(run);
  const verdict = judge(tables, input, records, wasGivenUp);
  if (verdict.outcome !== "write") return verdict;
  const { run } = verdict;
  const result = writeOwn(tables, run, input, records, now, { phase: "blocked", leaseUntil: null });
  if (run.cancelRequested) cancelRun(tables, tables.findRun(run.runId)!, now);
  return result;
}

/** Exactly the last finish of an ended run is acknowledged again, also once it was retried. */
export function finish(tables: Tables, input: FinishInput, records: Records, now: number): FinishResult {
  const { status } = input;
  const hasEnded = ({ phase, wasLost }: RunRow): boolean =>
    phase === "ended" || (phase === "ready" && !wasLost);
  const verdict = judge(tables, input, records, hasEnded);
  if (verdict.outcome !== "write") return verdict;
  const { run } = verdict;
  if (run.cancelRequested && status !== "cancelled") return { outcome: "cancelling" };
  const endedAt = timeIn(run, now);
  if (input.timings !== undefined) tables.insertTimings(run.workflow, input.timings);
  return writeOwn(tables, run, input, records, now, { phase: "ended", leaseUntil: null, endedAt });
}

/** True while the token's holder owns the run. */
export function isOwner(run: RunRow, token: RunToken): boolean {
  return run.phase === "owned" && run.fence === token.fence;
}

function writeOwn(
  tables: Tables,
  run: RunRow,
  { progress }: AppendInput,
  records: Records,
  now: number,
  change: RunChange,
): AppendResult {
  const at = timeIn(run, now);
  const reset = progress && run.recoveries > 0 ? { recoveries: 0 } : {};
  write(tables, run, records, { fence: run.fence, at }, { ...reset, ...change });
  return { outcome: "written", at };
}

function wasCancelledByStore({ phase, status, tail }: RunRow): boolean {
  return phase === "ended" && status === "cancelled" && tail.fence === 0;
}
