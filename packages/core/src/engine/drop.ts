/** Stops a call that nobody asks for any more (E6). */
import type { StepCall } from "./call.ts";
import { beginAnew, returnGiven } from "./calls.ts";
import { CANCELLED } from "./cancelled.ts";
import type { Run } from "./run.ts";
import { unnest } from "./settle.ts";
import { noteStarts, sayCancelled } from "./started.ts";

export function drop(run: Run, call: StepCall): void {
  const { execution } = call;
  if (execution !== null || call.held) noteStarts(run, call);
  call.execution = null;
  call.dead = true;
  run.calls.delete(call.id);
  run.executing.delete(call);
  run.waits.delete(call);
  run.deferredEnds.delete(call);
  execution?.stop(CANCELLED);
  run.times.end(call, run.now, "dropped");
  // Live, the run has ended instead, and what was not under way was not said to be cancelled.
  const isOver = run.deferredEnds.has(run.rootCall);
  if ((call.announced || call.held) && !isOver) sayCancelled(run, call);
  if (call.definition.kind === "component" || call.scope.inComponent) returnGiven(run, call.id);
  if (call.isLeaf && !call.scope.inComponent) beginAnew(run, call.id);
  unnest(run, call);
}
