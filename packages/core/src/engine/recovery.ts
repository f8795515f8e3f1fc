/**
 * The journal of earlier owners has been applied: from here on steps may start and things may end (E2), unless this
 * build would do again what has finished (E4).
 */
import type { StepCall } from "./call.ts";
import { blockedByChange, blockedByError, toDivergence } from "./divergence.ts";
import { finish } from "./finish.ts";
import type { Run } from "./run.ts";
import { findUnclaimed, neverAsked, unclaimedBeside, unclaimedWithin } from "./unclaimed.ts";

const DIVERGED = "diverged|";
const UNCLAIMED = "unclaimed|";

/** True of the key under which it is said that the code has changed. */
export function isOfChange(key: string): boolean {
  return key.startsWith(DIVERGED) || key.startsWith(UNCLAIMED);
}

export function endRecovery(run: Run): void {
  run.recovering = false;
  // What this build does not ask for is said now.
  run.announcer.hush(false);
  run.unclaimed = findUnclaimed(run);
  if (blocksAtDrain(run)) return;
  reportUnclaimed(run);
  run.announcer.endRecovery(run.deferredEnds.has(run.rootCall) || run.overBudget !== null);
  if (run.overBudget !== null) return run.fail(run.overBudget);
  if (run.broken !== null) return run.fail(run.broken.error);
  for (const [call, outcome] of run.deferredEnds) {
    run.deferredEnds.delete(call);
    if (call.status === "pending" && !call.dead) finish(run, call, outcome);
  }
  for (const call of run.calls.values()) {
    if (isAsked(call) && call.execution === null) run.touched.add(call);
  }
}

/**
 * A step is about to start. True if it must not, as the run is blocked: by this step, or by a workflow around it that is
 * about to start as well, and was swept later.
 */
export function diverges(run: Run, call: StepCall): boolean {
  for (let step: StepCall | undefined = call; step?.execution === null; step = run.calls.get(step.scope.id)) {
    if (run.blocked !== null) return true;
    noteDivergence(run, step);
  }
  return run.blocked !== null;
}

function noteDivergence(run: Run, call: StepCall): void {
  const entry = run.rerun.has(call.id) ? undefined : unclaimedBeside(run, call);
  if (entry === undefined) return;
  const divergence = toDivergence(run, call, entry);
  if (run.options.onDivergence === "block") return run.block(blockedByChange(divergence));
  // It stays deliverable; the next step that is executed again is compared with the next result.
  run.rerun.add(call.id);
  run.ledger.accepted.add(entry.seq);
  run.unclaimed = findUnclaimed(run);
  run.announcer.say(`${DIVERGED}${call.id}`, { type: "run.diverged", divergence });
}

function blocksAtDrain(run: Run): boolean {
  if (run.unclaimed.size === 0) return false;
  if (run.options.onDivergence === "block") blockIfThrown(run);
  for (const call of run.calls.values()) {
    if (run.blocked !== null) return true;
    if (!isAsked(call) || !call.hasReadyProps()) continue;
    // A workflow was started by the replay itself, a leaf is about to be.
    if (!call.isLeaf || run.options.onDivergence === "block") noteDivergence(run, call);
  }
  return run.blocked !== null;
}

/** A build that throws while results remain that it has not asked for would ask for other things, or for nothing. */
function blockIfThrown(run: Run): void {
  const { broken, rootCall } = run;
  if (broken !== null) {
    return run.block(blockedByError(broken.error, rootCall.label, [...run.unclaimed.values()].flat()));
  }
  for (const [call, outcome] of run.deferredEnds) {
    if (outcome.ok || call.dead || call.status !== "pending") continue;
    const unclaimed = unclaimedWithin(run, call.id);
    if (unclaimed.length > 0) return run.block(blockedByError(outcome.error, call.label, unclaimed));
  }
}

function isAsked(call: StepCall): boolean {
  return call.status === "pending" && !call.dead && call.retains > 0;
}

/** Every other result that nobody asked for: what another build did, and this one does not need. */
function reportUnclaimed(run: Run): void {
  const names = new Map<string, number>();
  for (const { name } of neverAsked(run)) names.set(name, (names.get(name) ?? 0) + 1);
  for (const [name, count] of names) {
    const message =
      `${count} finished ${count === 1 ? "step" : "steps"} of ${name} ${count === 1 ? "is" : "are"} not asked for by this build: ` +
      `its code or its props have changed since`;
    run.announcer.say(`${UNCLAIMED}${name}|${count}`, { type: "log", level: "notice", message, step: null });
  }
}
