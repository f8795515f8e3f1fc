/** Settles a call with its journaled result, the one gate for every result, and tells who waits for it. */
import { CANCELLED } from "./cancelled.ts";
import type { StepCall } from "./call.ts";
import type { Applied, ResultEntry } from "./journal-entry.ts";
import type { PendingValue } from "./pending-value.ts";
import { noteCached } from "./step-cache.ts";
import { StepError } from "../errors/error-data.ts";
import { deepFreeze } from "../internal/canonical-json.ts";
import { decodeOutput } from "../authoring/schema.ts";
import type { Run } from "./run.ts";
import { startCount } from "./started.ts";

export function settle(run: Run, call: StepCall, entry: Applied<ResultEntry>): void {
  const execution = call.execution;
  call.execution = null;
  call.entry = entry;
  call.order = run.turn;
  run.turnSeq = entry.seq;
  run.deferredEnds.delete(call);
  run.executing.delete(call);
  run.waits.delete(call);
  execution?.stop(CANCELLED);
  run.times.end(call, run.now, "settled");
  if (call.scope.inComponent) run.ledger.noteGiven(call.scope.id, entry);
  if (entry.t === "err") {
    reject(call, new StepError(entry.error, call.id));
    if (!call.scope.inComponent) run.ledger.starts.set(call.id, startCount(run, call));
  } else {
    try {
      call.value = decodeOutput(call.definition, deepFreeze(entry.value));
      call.status = "fulfilled";
      // It never begins again.
      run.ledger.fallbacks.delete(call.id);
      noteCached(run, call, entry);
    } catch (error) {
      reject(call, error);
    }
  }
  tellConsumers(run, call);
}

/** A call whose prop failed fails with it, without a result of its own. */
export function rejectFrom(call: StepCall, dependency: PendingValue): void {
  reject(call, dependency.reason);
  call.order = dependency.order;
}

function reject(call: StepCall, reason: unknown): void {
  call.status = "rejected";
  call.reason = reason;
}

function tellConsumers(run: Run, call: StepCall): void {
  for (const body of call.bodies ?? []) {
    if (body.wants(call.status === "rejected")) run.dirtyBodies.add(body);
  }
  call.bodies = null;
  for (const bump of call.elements ?? []) run.elementBumps.add(bump);
  unnest(run, call);
  if (call.entry !== null) call.scope.heard?.(call.entry.at);
  call.tell();
  if (call.scope.isAsync) run.woke = true;
  for (const dependent of call.dependents ?? []) {
    if (dependent.status !== "pending" || dependent.dead) continue;
    const failed = call.status === "rejected" ? dependent.failedProp() : null;
    if (failed !== null) {
      rejectFrom(dependent, failed);
      tellConsumers(run, dependent);
    } else {
      run.touched.add(dependent);
      for (const bump of dependent.elements ?? []) run.elementBumps.add(bump);
    }
  }
}

/** Takes a nested workflow out of the lists beside which it was mounted. */
export function unnest(run: Run, call: StepCall): void {
  for (const scope of [run.rootScope, run.renderScopes.get(call.scope.id)]) {
    if (scope?.nested.delete(call.id)) run.dirtyNesting.add(scope);
  }
}
