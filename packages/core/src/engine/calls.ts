/** Makes calls and finds them again, and clears those that a new attempt must not meet. */
import { isCall } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import { toJson } from "../internal/canonical-json.ts";
import { StepCall } from "./call.ts";
import { stepId } from "./identity.ts";
import type { Run } from "./run.ts";
import type { Scope } from "./scope.ts";
import { rejectFrom } from "./settle.ts";

export interface CallRequest {
  readonly definition: Definition;
  readonly props: object;
  readonly scope: Scope;
  readonly key: string | undefined;
  readonly keys: string;
  /** From `contentOf(props)`. */
  readonly content: string;
  readonly occurrence: number;
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
  const { definition, props, scope, key, keys, content } = request;
  const call = new StepCall(id, definition, ownProps(run, definition.name, props), scope, key, keys, content);
  run.calls.set(id, call);
  if (scope.inComponent) run.ledger.addChild(scope.id, id);
  for (const dependency of call.dependencies ?? []) {
    (dependency.dependents ??= new Set()).add(call);
    if (dependency.status === "rejected" && call.status === "pending") rejectFrom(call, dependency);
  }
  return call;
}

/**
 * The props as they are now, whatever the caller does to them later (E10). One may be a call that a new attempt has
 * cleared: the step it stands for is another call now.
 */
function ownProps(run: Run, name: string, props: object): object {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(props)) {
    if (value instanceof StepCall) own[key] = value.dead ? liveCall(run, value) : value;
    else
      own[key] = isCall(value) || Object.isFrozen(value) || value === undefined ? value : toJson(value, name);
  }
  return own;
}

function liveCall(run: Run, call: StepCall): StepCall {
  return run.calls.get(call.id) ?? createCall(run, call.id, call);
}

/**
 * A component's attempt failed for the `turnSeq`-th entry: forgets the failures below it that came before, and what
 * they made fail, which is below it, too; finished siblings stay, and those in flight go on (E7).
 */
export function clearFailuresBelow(run: Run, id: string): void {
  for (const below of run.ledger.descendants(id)) {
    run.ledger.dropPooledFailures(below, run.turnSeq);
    run.ledger.attempts.delete(below);
    const call = run.calls.get(below);
    if (call?.status !== "rejected") continue;
    call.dead = true;
    run.calls.delete(below);
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
