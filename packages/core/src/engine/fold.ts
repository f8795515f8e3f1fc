/** Applies one entry of the journal: live and on recovery the same way (E2). */
import { applyUsage } from "./budget.ts";
import { cancelRun } from "./cancel-run.ts";
import { clearFailuresBelow, returnGiven } from "./calls.ts";
import { drop } from "./drop.ts";
import { applyFallback } from "./fallback.ts";
import { isResult, type Applied, type ResultEntry } from "./journal-entry.ts";
import type { Run } from "./run.ts";
import { giveUpUntilRetried, retryRun } from "./retry-run.ts";
import { settle } from "./settle.ts";
import { applyConsumption, matchSignals } from "./signals.ts";
import { accept } from "./unclaimed.ts";

/** What is to be applied next: a pooled result that is asked for, lowest first, before the next entry written. */
export function applyNext(run: Run): void {
  const wanted = run.wanted.oldest();
  run.turn++;
  if (wanted !== null) {
    const entry = run.ledger.takeFromPool(wanted.id);
    if (entry !== undefined) settle(run, wanted, entry);
    return;
  }
  const entry = run.queue[run.queueHead++];
  if (run.queueHead > 1000) {
    run.queue.splice(0, run.queueHead);
    run.queueHead = 0;
  }
  if (entry !== undefined) apply(run, entry);
}

export function hasNext(run: Run): boolean {
  return run.queueHead < run.queue.length || run.wanted.oldest() !== null;
}

function apply(run: Run, entry: Applied): void {
  run.now = Math.max(run.now, entry.at);
  run.turnSeq = entry.seq;
  if (isResult(entry)) return applyResult(run, entry);
  switch (entry.t) {
    case "attempt": {
      run.ledger.noteOrigin(entry);
      run.ledger.attempts.set(entry.id, { failures: entry.failures, resumeAt: entry.at + entry.delayMs });
      const execution = run.calls.get(entry.id)?.execution;
      // First what the scope was given goes back, then the failures below that came before are dropped (E7).
      if (execution) returnGiven(run, entry.id);
      clearFailuresBelow(run, entry.id);
      execution?.resume?.();
      break;
    }
    case "fallback":
      applyFallback(run, entry);
      break;
    case "armed":
      run.ledger.armed.set(entry.id, entry.deadline);
      run.calls.get(entry.id)?.execution?.arm?.(entry.deadline);
      break;
    case "claimed":
      run.execution++;
      run.times.claimed(run.now);
      break;
    case "cancel":
      // Of a run that was retried since: its end has been taken back.
      if (run.retriesLeft > 0) giveUpUntilRetried(run);
      else cancelRun(run);
      break;
    case "failed":
      run.failedFrom = entry.from ?? [];
      break;
    case "accepted":
      accept(run);
      break;
    case "retried":
      retryRun(run);
      break;
    case "usage":
      applyUsage(run, entry);
      break;
    case "said":
      break;
  }
}

function applyResult(run: Run, entry: Applied<ResultEntry>): void {
  if (entry.inComponent) run.ledger.noteOrigin(entry);
  run.writing.delete(entry.id);
  const call = run.calls.get(entry.id);
  const isWanted = call?.status === "pending" && call.retains > 0;
  const isSignal = entry.t === "ok" && entry.signal !== undefined;
  if (isSignal && !applyConsumption(run, entry, isWanted)) {
    matchSignals(run);
    return;
  }
  if (isWanted) settle(run, call, entry);
  else {
    run.ledger.addToPool(entry);
    if (call?.status === "pending") drop(run, call);
  }
  if (isSignal) matchSignals(run);
}
