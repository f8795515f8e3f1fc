/** Makes calls and finds them again, and clears those that a new attempt must not meet. */
import { isCall } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import { type Limit, NO_LIMITS } from "../authoring/limit.ts";
import { StepError } from "../errors/error-data.ts";
import { toJson } from "../internal/canonical-json.ts";
import { type CallOrigin, StepCall } from "./call.ts";
import { Combined } from "./combined.ts";
import { stepId } from "./identity.ts";
import type { Run } from "./run.ts";
import type { Scope } from "./scope.ts";
import { rejectFrom } from "./settle.ts";

export interface CallRequest extends Omit<CallOrigin, "calledAt"> {
  readonly definition: Definition;
  readonly props: object;
  readonly scope: Scope;
  readonly occurrence: number;
  /** Of every `<Limit>` around it; those of its scope unless given. */
  readonly limits?: readonly Limit[];
}

/** The call with this identity: the one there is, or a new one. */
export function callFor(run: Run, request: CallRequest): StepCall {
  const { definition, scope, key, keys, content, occurrence } = request;
  const id = stepId(run.options.salt, {
    scope: scope.id,
    name: definition.name,
    key,
    keys,
    content,
    occurrence,
  });
  return run.calls.get(id) ?? createCall(run, id, request);
}

export function createCall(run: Run, id: string, request: Omit<CallRequest, "occurrence">): StepCall {
  const { props, scope, key, keys, content, contexts } = request;
  const definition = run.options.substitute?.(request.definition) ?? request.definition;
  const origin = { key, keys, content, contexts, calledAt: scope.now() };
  const call = new StepCall(id, definition, ownProps(run, definition.name, props), scope, origin);
  call.limits = request.limits ?? scope.limits ?? NO_LIMITS;
  run.calls.set(id, call);
  // Of the run's own workflow they need not be known: nothing clears all of it at once.
  if (scope !== run.rootScope && scope.id !== run.rootCall.id) run.ledger.addChild(scope.id, id);
  for (const dependency of call.dependencies ?? []) {
    (dependency.dependents ??= new Set()).add(call);
  }
  const failed = call.failedProp();
  if (failed !== null) rejectFrom(call, failed);
  return call;
}

/**
 * The props as they are now, whatever the caller does to them later (E10). One may be a call that a new attempt has
 * cleared: the step it stands for is another call now.
 */
function ownProps(run: Run, name: string, props: object): object {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(props)) {
    if (isCall(value)) own[key] = revived(run, value);
    else own[key] = Object.isFrozen(value) || value === undefined ? value : toJson(value, name);
  }
  return own;
}

function revived(run: Run, value: unknown): unknown {
  if (value instanceof StepCall) {
    return value.dead ? (run.calls.get(value.id) ?? createCall(run, value.id, value)) : value;
  }
  if (!(value instanceof Combined) || !value.isStale()) return value;
  return new Combined(
    value.scope,
    value.kind,
    value.members.map((member) => revived(run, member)),
    value.names,
  );
}

/**
 * A component's attempt failed for the `turnSeq`-th entry: forgets the failures below it that came before, and what
 * they made fail, which is below it, too; finished siblings stay, and those in flight go on (E7).
 */
export function clearFailuresBelow(run: Run, id: string): void {
  for (const below of run.ledger.descendants(id)) {
    const hadFailed = run.ledger.forgetTries(below, run.turnSeq);
    // What had failed starts again, and a nested workflow in flight: with new clocks. The body's own steps go on with theirs.
    if (hadFailed || !run.ledger.isChild(id, below)) run.ledger.armed.delete(below);
    const call = run.calls.get(below);
    if (call?.status !== "rejected") continue;
    call.dead = true;
    run.calls.delete(below);
  }
}

/**
 * A step of a workflow was cancelled: who asks for it again begins it anew, with all its tries and its clocks (E7). Of a
 * component's own steps that is not said: they are forgotten with the attempt that they belong to.
 */
export function beginAnew(run: Run, id: string): void {
  run.ledger.attempts.delete(id);
  run.ledger.armed.delete(id);
  run.ledger.fallbacks.delete(id);
  clearFailuresBelow(run, id);
  for (const below of run.ledger.descendants(id)) {
    run.ledger.fallbacks.delete(below);
    run.ledger.armed.delete(below);
  }
}

/**
 * A new attempt of a boundary: forgets the failure of the step for the `turnSeq`-th entry, what failed below it before,
 * and what failed because of it; finished siblings stay, and those in flight go on (E7).
 */
export function clearFailureOf(run: Run, id: string): void {
  const { ledger } = run;
  const cleared = new Set([id, ...ledger.descendants(id)]);
  // First what bodies that start again were given goes back, then the failures below are dropped.
  for (const step of cleared) if (run.calls.get(step)?.status === "rejected") returnGiven(run, step);
  for (const step of cleared) {
    ledger.dropPooledFailures(step, run.turnSeq);
    ledger.attempts.delete(step);
    ledger.fallbacks.delete(step);
    ledger.armed.delete(step);
  }
  for (const call of run.calls.values()) {
    // What has failed may be a timer that fired.
    if (call.status !== "rejected" && call.id !== id) continue;
    const isBecauseOfIt = call.reason instanceof StepError && cleared.has(call.reason.stepId);
    if (!isBecauseOfIt && !cleared.has(call.id)) continue;
    call.dead = true;
    run.calls.delete(call.id);
  }
}

/** A component's body starts again: what it was given goes back to the pool. */
export function returnGiven(run: Run, scope: string): void {
  for (const entry of run.ledger.takeGiven(scope)) {
    const call = run.calls.get(entry.id);
    if (call !== undefined) {
      if (call.entry !== entry) continue;
      call.dead = true;
      run.calls.delete(call.id);
    }
    returnGiven(run, entry.id);
    run.ledger.addToPool(entry);
  }
}
