/** Says that a step has started, and where it stands in the tree. */
import { placeOf } from "../reconciler/host-node.ts";
import type { StepCall } from "./call.ts";
import type { PermitWait } from "./permit-desk.ts";
import type { Run } from "./run.ts";
import type { EventBody } from "../protocol/events.ts";

/**
 * How often the step has been started, this start included: failures, owners since it could first be started, and what
 * attempts of something around it had started before.
 */
export function startCount(run: Run, call: StepCall): number {
  const failures = run.ledger.attempts.get(call.id)?.failures ?? 0;
  const earlier = run.ledger.starts.get(call.id) ?? 0;
  return earlier + failures + 1 + (run.execution - call.readyInExecution);
}

/** The call is forgotten, and another may take its place: it goes on counting, its tries forgotten. Components' calls are their attempt's. */
export function noteStarts(run: Run, call: StepCall): void {
  if (!call.isLeaf || call.scope.inComponent) return;
  run.ledger.starts.set(call.id, startCount(run, call));
}

export function startedEvent(run: Run, call: StepCall): EventBody {
  return { type: "step.started", ...announced(run, call) };
}

/** Its next attempt waits for a permit of that limit. */
export function waitingEvent(run: Run, call: StepCall, limit: string, wait: PermitWait): EventBody {
  return { type: "step.waiting", ...announced(run, call), limit, ...wait };
}

const UNKNOWN = { limit: null, until: null, ahead: null };

/** Another step makes its value. */
export function waitsForValue(run: Run, call: StepCall): EventBody {
  return { type: "step.waiting", ...announced(run, call), reason: "cache", ...UNKNOWN };
}

function announced(run: Run, call: StepCall) {
  // Not spread: an array that is made so keeps room for more.
  call.place = call.scope.place.concat(placeInScope(call));
  call.announced = true;
  return {
    step: call.id,
    parent: call.scope.id === run.rootCall.id ? null : call.scope.id,
    name: call.definition.name,
    key: call.key ?? null,
    kind: call.definition.kind,
    place: call.place,
    attempt: startCount(run, call),
  };
}

/** For steps that follow from the journal: said once, however often the run is recovered. */
export function sayStarted(run: Run, call: StepCall): void {
  // Live, a run that is over its budget has ended: what is asked for after that is not under way, nor cancelled later.
  if (call === run.rootCall || run.overBudget !== null) return;
  const event = startedEvent(run, call);
  if (call.scope.inComponent) run.announcer.emit(event);
  else run.announcer.say(`started|${call.id}`, event);
}

export function sayCancelled(run: Run, call: StepCall): void {
  if (call === run.rootCall) return;
  const event: EventBody = { type: "step.cancelled", step: call.id };
  if (call.scope.inComponent) run.announcer.emit(event);
  else run.announcer.say(`cancelled|${call.id}`, event);
}

/** Calls of a body come before the elements it returns. */
function placeInScope(call: StepCall): readonly number[] {
  if (call.slot < 0) return [1, ...placeOf(call.node)];
  return call.scope.isAsync ? [call.slot] : [0, call.slot];
}
