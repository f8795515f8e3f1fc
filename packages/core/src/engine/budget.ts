/**
 * What a workflow's steps together may use.
 *
 * 1. It is looked at when a usage entry is applied: which one is too much follows from the journal (E2). While the journal
 *    is applied the tree goes on, so that all that has finished is asked for; the end comes after the last entry.
 * 2. The run's own workflow fails the run, as no boundary may catch that; a nested one fails as a step does (E7).
 * 3. What was used stays used: a retried run begins with it, and so does a nested workflow that begins anew. Where it is too
 *    much already, either fails at once.
 */
import { BUDGET_UNITS, type BudgetUnit } from "../authoring/budget.ts";
import type { Definition } from "../authoring/definition.ts";
import { AlderError } from "../errors/alder-error.ts";
import { roundSum } from "../internal/round-sum.ts";
import { ONCE } from "./announcer.ts";
import type { StepCall } from "./call.ts";
import { finish } from "./finish.ts";
import type { UsageEntry } from "./journal-entry.ts";
import type { Run } from "./run.ts";

export function applyUsage(run: Run, entry: UsageEntry): void {
  for (const id of entry.within ?? []) {
    run.spent.add(id, entry);
    const call = run.calls.get(id);
    if (call !== undefined) checkNestedBudget(run, call);
  }
  run.spent.add(run.rootCall.id, entry);
  checkRunBudget(run);
}

/** Fails a nested workflow that has used too much: also when it begins anew. */
export function checkNestedBudget(run: Run, call: StepCall): void {
  if (call === run.rootCall || call.status !== "pending" || call.finishing) return;
  const error = spend(run, call);
  if (error === null) return;
  call.finishing = true;
  finish(run, call, { ok: false, error });
}

/** It is in a nested workflow that has used too much, and fails: nothing more is begun there. */
export function isOverspent(run: Run, call: StepCall): boolean {
  if (run.spent.isNothing) return false;
  for (let at = run.calls.get(call.scope.id); at; at = run.calls.get(at.scope.id))
    if (at !== run.rootCall && excess(run, at) !== undefined) return true;
  return false;
}

/** Fails the run if it has used too much. */
export function checkRunBudget(run: Run): void {
  const error = spend(run, run.rootCall);
  if (error === null) return;
  if (!run.recovering) run.fail(error);
  // The first end counts.
  else if (!run.deferredEnds.has(run.rootCall) && run.broken === null) {
    run.overBudget ??= error;
    run.announcer.hush(true);
  }
}

/** Warns if that is due; the error if it is too much. */
function spend(run: Run, call: StepCall): AlderError | null {
  const { budget } = call.definition.policies;
  const used = run.spent.by(call.id);
  if (budget === undefined || used === undefined) return null;
  const over = excess(run, call);
  for (const unit of BUDGET_UNITS) {
    const most = budget[unit];
    if (most === undefined) continue;
    if (used[unit] >= roundSum(most * budget.warnAt)) warn(run, call, unit, used[unit], most);
    if (unit === over) return exceeded(call.definition, unit, used[unit], most);
  }
  return null;
}

/** What it has used too much of, first. */
function excess(run: Run, { id, definition }: StepCall): BudgetUnit | undefined {
  const { budget } = definition.policies;
  const used = run.spent.by(id);
  if (budget === undefined || used === undefined) return undefined;
  return BUDGET_UNITS.find((unit) => used[unit] > (budget[unit] ?? Infinity));
}

function warn(run: Run, call: StepCall, unit: BudgetUnit, used: number, budget: number): void {
  const step = call === run.rootCall ? null : call.id;
  const key = `${ONCE}budget|${call.id}|${unit}|${budget}`;
  run.announcer.sayOnce({ t: "said", key }, { type: "budget.warning", step, unit, used, budget });
}

function exceeded({ name }: Definition, unit: BudgetUnit, used: number, budget: number): AlderError {
  return new AlderError(
    "budget_exceeded",
    `workflow ${name} has used ${unit === "cost" ? `a cost of ${used}` : `${used} tokens`}, more than the ${budget} of its budget: ` +
      `raise budget.${unit} and retry the run, which keeps what has finished, or let its steps use less`,
    { details: { workflow: name, unit, used, budget } },
  );
}
