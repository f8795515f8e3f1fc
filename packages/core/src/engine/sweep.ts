/**
 * After every flush: starts what has come to be asked for, and cancels what no longer is. The one place where work
 * starts, and idempotent (E5).
 */
import { takeAll } from "../internal/take-all.ts";
import { startAsyncWorkflow } from "./async-workflow.ts";
import { checkNestedBudget, isOverspent } from "./budget.ts";
import type { StepCall } from "./call.ts";
import { startComponent } from "./component-execution.ts";
import { drop } from "./drop.ts";
import { diverges } from "./recovery.ts";
import type { Run } from "./run.ts";
import { startWait } from "./signals.ts";
import { sayStarted } from "./started.ts";
import { startTimer } from "./timers.ts";

export function sweep(run: Run): void {
  while (run.touched.size > 0) {
    for (const call of takeAll(run.touched)) {
      if (call.status !== "pending" || call.dead || run.ended) continue;
      if (call.retains === 0) {
        drop(run, call);
        continue;
      }
      run.noteAsked(call);
      if (call.execution === null) ensure(run, call);
    }
  }
}

function ensure(run: Run, call: StepCall): void {
  // Live, the run would have ended here: what its last turn asked for is not begun (E2).
  if (run.deferredEnds.has(run.rootCall) || !call.hasReadyProps()) return;
  run.noteReady(call);
  const waitedFor = call.dropLosers();
  if (waitedFor !== null) {
    for (const dependency of call.dependencies ?? []) run.retain(dependency);
    for (const dependency of waitedFor) run.release(dependency);
  }
  if (!call.scope.inComponent || call.definition.kind === "component") {
    const isLimited = call.limits.length > 0 || call.definition.policies.limits !== undefined;
    run.times.begin(call, call.definition, run.now, isLimited);
  }
  if (run.ledger.pooledSeq(call.id) !== undefined) {
    run.wanted.add(call);
    return;
  }
  if (!run.recovering && diverges(run, call)) return;
  if (!call.isLeaf) {
    if (call.definition.isAsync) startAsyncWorkflow(run, call);
    else startRenderWorkflow(run, call);
    return checkNestedBudget(run, call);
  }
  if (run.recovering) {
    call.held ||= run.overBudget === null && !isOverspent(run, call);
    return;
  }
  if (run.writing.has(call.id) || isOverspent(run, call)) return;
  switch (call.definition.kind) {
    case "timer":
      return startTimer(run, call);
    case "signal":
      return startWait(run, call);
    default:
      if (!run.draining) startComponent(run, call);
  }
}

/** An element mounts its scope itself; what a body called, or what is only a prop, is mounted beside that body. */
function startRenderWorkflow(run: Run, call: StepCall): void {
  call.execution = { stop() {} };
  sayStarted(run, call);
  if (call.elements !== null && call.elements.size > 0) return;
  const beside = run.renderScopes.get(call.scope.id) ?? run.rootScope;
  beside.nested.add(call.id);
  run.dirtyNesting.add(beside);
}
