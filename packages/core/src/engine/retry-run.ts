/**
 * A run that failed or was cancelled is retried: a new attempt of the whole run, in the life that finds the entry.
 *
 * 1. Nothing ends in a life before the last `retried` of its journal: an end that was reached before is forgotten, and
 *    entries up to it are kept for the attempt to come.
 * 2. All results that were given go back to the pool; failures go only where they lie on the uncaught path: of the step
 *    that failed the run, of what made it fail, and of what failed below a component that starts again (E7).
 * 3. Signals stay consumed as the fold has found them.
 */
import { checkRunBudget } from "./budget.ts";
import type { Run } from "./run.ts";
import { forgetTree, mountTree } from "./tree.ts";

/** `retried` is applied. */
export function retryRun(run: Run): void {
  run.retriesLeft--;
  run.broken = null;
  run.overBudget = null;
  forgetTree(run);
  clearUncaughtPath(run);
  run.firstExecution = run.execution + 1;
  run.announcer.startAgain();
  run.times.startAgain();
  mountTree(run);
  checkRunBudget(run);
}

/** The end of an earlier life is applied: only the ledger takes what comes until the run was retried. */
export function giveUpUntilRetried(run: Run, error: unknown = null): void {
  forgetTree(run);
  run.broken = { error };
}

/**
 * The tree cannot go on while the journal is applied. Only the ledger takes what comes: until the run was retried, if it
 * was, and else to the end of the journal, where it fails with this error, or is blocked (E4).
 */
export function breakDown(run: Run, error: unknown): void {
  giveUpUntilRetried(run, error);
  run.failing = false;
  run.inTurn = false;
  run.phase = "quiet";
  run.scheduled = false;
  run.schedule();
}

function clearUncaughtPath(run: Run): void {
  const { ledger } = run;
  const path = new Set(run.failedFrom);
  run.failedFrom = [];
  // A set that grows while it is gone through: the chain of what made each fail.
  for (const id of path) for (const from of ledger.failedFrom(id)) path.add(from);
  for (const id of path) {
    ledger.forgetResults(id, run.turnSeq);
    for (const below of ledger.failedInside(id)) ledger.forgetFailures(below, run.turnSeq);
  }
}
