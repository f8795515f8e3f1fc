/** Nothing waits silently (E11): when nothing moves any more, the run is idle, drained, or stuck. */
import { AlderError } from "../errors/alder-error.ts";
import type { HostNode, HostParent } from "../reconciler/host-node.ts";
import { whenReactIsIdle } from "../reconciler/react-idle.ts";
import { isSuspendedBelow } from "../reconciler/suspended.ts";
import { hasNext } from "./fold.ts";
import type { IdleRun, Run } from "./run.ts";

/** Looks again once React itself has nothing left to do. */
export function probe(run: Run): void {
  if (run.probing || isBusy(run)) return;
  run.probing = true;
  whenReactIsIdle(() => {
    run.probing = false;
    if (isBusy(run)) return;
    if (run.blocked !== null) run.stopBlocked(run.blocked);
    else if (run.draining) run.options.listener.onDrained();
    else {
      const idle = idleOf(run);
      if (idle === null) run.fail(stuck(run));
      else run.options.listener.onIdle(idle);
    }
  });
}

function isBusy(run: Run): boolean {
  return isMoving(run) || isExecuting(run);
}

function isMoving(run: Run): boolean {
  return (
    run.ended ||
    run.failing ||
    run.stopping ||
    run.writer.isBusy ||
    run.scheduled ||
    run.phase !== "quiet" ||
    hasNext(run)
  );
}

/** Whatever executes does so outside of the engine. */
export function isAtRest(run: Run): boolean {
  return run.ended || (run.booted && !run.recovering && activityOf(run) !== "moving");
}

/** `executing`: nothing moves, but a component does something of its own; `still`: what there is waits. */
export type Activity = "moving" | "executing" | "still";

export function activityOf(run: Run): Activity {
  if (run.probing || isMoving(run)) return "moving";
  for (const call of run.executing) if (!call.execution?.isWaiting?.()) return "executing";
  return "still";
}

/** Drained, only what can still end here counts: a caller of a step that is not started any more cannot. */
function isExecuting(run: Run): boolean {
  if (!run.draining) return run.executing.size > 0;
  for (const call of run.executing) if (!call.execution?.isWaiting?.()) return true;
  return false;
}

/** What the run waits for, if it does nothing but wait: for timers, signals, and the time to try again. */
export function idleOf(run: Run): IdleRun | null {
  if (isBusy(run) || run.waits.size === 0) return null;
  const deadlines: number[] = [];
  const signals = new Set<string>();
  for (const call of run.waits) {
    const deadline = call.execution?.deadline ?? null;
    if (call.definition.kind === "signal") signals.add((call.props as { name: string }).name);
    else if (deadline !== null) deadlines.push(deadline);
  }
  return { wakeAt: deadlines.length === 0 ? null : Math.min(...deadlines), signals: [...signals] };
}

function stuck(run: Run): AlderError {
  const awaited = [...new Set(awaitedBelow(run.react.host))];
  return new AlderError(
    "stuck",
    `nothing in run ${run.options.runId} can make progress; it waits for: ${awaited.join(", ") || "nothing at all"}`,
    { details: { awaited } },
  );
}

function awaitedBelow(parent: HostParent): string[] {
  return parent.children.flatMap((node: HostNode) => {
    const own = node.type === "pending" ? [node.props.label ?? "a step"] : [];
    if (node.type === "scope" && node.count === 0 && isSuspendedBelow(node)) {
      own.push(`a <React.Suspense> in ${node.props.label}`);
    }
    return [...own, ...awaitedBelow(node)];
  });
}
