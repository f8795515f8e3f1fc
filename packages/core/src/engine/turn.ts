/**
 * A turn: apply one entry → bumps → one React flush → structure to a fixpoint → sweep → let async bodies run until
 * nothing moves → probe for quiescence.
 */
import { takeAll } from "../internal/take-all.ts";
import type { HostNode } from "../reconciler/host-node.ts";
import { isAttached } from "../reconciler/host-node.ts";
import { foreignAwait } from "./async-scope.ts";
import { announceCommitted } from "./announcements.ts";
import { applyNext, hasNext } from "./fold.ts";
import { probe } from "./quiescence.ts";
import { endRecovery } from "./recovery.ts";
import type { Run } from "./run.ts";
import { sweep } from "./sweep.ts";

/** First part: before the flush. */
export function advance(run: Run): void {
  run.inTurn = true;
  run.scheduled = false;
  const isAtRest = run.phase === "quiet" && run.touched.size === 0 && run.renderedBodies.size === 0;
  if (isAtRest && run.booted && hasNext(run)) {
    run.phase = "busy";
    applyNext(run);
    if (run.ended || run.stopping) return;
  }
  run.booted = true;
  flushBumps(run);
}

/** Second part, after every flush: what was committed. True if React must flush again. */
export function commitStructure(run: Run): boolean {
  // Before the structure moves on: a finished child of a `Sequence` is unmounted in this very turn.
  announceCommitted(run);
  for (const body of takeAll(run.renderedBodies)) body.commitPass();
  let more =
    run.elementBumps.size > 0 || run.dirtyNesting.size > 0 || run.dirtyBodies.size > 0 || run.reactDirty;
  const { toCheck } = run.react.host;
  for (const node of takeAll(run.toRecheck)) toCheck.add(node);
  for (const node of takeAll(toCheck)) {
    if (isAttached(node) && checkNode(run, node)) more = run.reactDirty = true;
  }
  if (more) return true;
  // Only now: a suspense boundary that is filled again in the same turn shows no fallback.
  for (const node of takeAll(run.toShowPending)) {
    if (isAttached(node) && node.count > 0 && node.props.onPending?.()) more = run.reactDirty = true;
  }
  return more;
}

/** Third part, when the structure has come to rest. True if another turn must follow at once. */
export function settleTurn(run: Run): boolean {
  const clash = run.claims.check((call) => run.renderScopes.get(call.scope.id)?.holds(call) ?? false);
  if (clash !== null) run.fail(clash);
  if (run.failing || run.stopping) return false;
  if (run.reached !== null) {
    run.end(run.reached);
    return false;
  }
  sweep(run);
  for (const bump of takeAll(run.afterSweep)) run.elementBumps.add(bump);
  run.inTurn = false;
  if (run.ended || run.failing) return false;
  if (run.scheduled || run.dirtyNesting.size > 0 || run.elementBumps.size > 0) {
    if (run.phase === "quiet") run.phase = "busy";
    return true;
  }
  if (run.phase === "hop") return false;
  if (run.woke) {
    run.woke = false;
    run.phase = "hop";
    setImmediate(() => afterHop(run));
    return false;
  }
  return comeToRest(run);
}

/** Async bodies have had the time to move: if any did, they are given more. */
function afterHop(run: Run): void {
  if (run.ended || run.stopping) return;
  if (run.woke || run.scheduled || run.touched.size > 0) {
    run.woke = false;
    run.scheduled = true;
    run.enqueue();
    setImmediate(() => afterHop(run));
    return;
  }
  if (comeToRest(run)) run.enqueue();
}

/** Nothing moves. True if there is more to do. */
function comeToRest(run: Run): boolean {
  run.phase = "quiet";
  for (const body of run.asyncBodies) {
    if (!body.isWaiting()) {
      run.fail(foreignAwait(body.label));
      return false;
    }
  }
  if (hasNext(run)) {
    run.scheduled = true;
    return true;
  }
  if (run.recovering) {
    endRecovery(run);
    run.scheduled = !run.ended;
    return run.scheduled;
  }
  if (!run.draining) run.forecast.look();
  probe(run);
  return false;
}

function checkNode(run: Run, node: HostNode): boolean {
  if (node.count === 0) return node.props.onDone?.(node) ?? false;
  if (node.props.onPending === undefined) return false;
  run.toShowPending.add(node);
  return false;
}

function flushBumps(run: Run): void {
  const { dirtyBodies, dirtyNesting, elementBumps } = run;
  if (dirtyBodies.size + dirtyNesting.size + elementBumps.size === 0) return;
  run.reactDirty = true;
  for (const body of takeAll(dirtyBodies)) body.bumpBody?.();
  for (const scope of takeAll(dirtyNesting)) scope.bumpNested?.();
  for (const bump of takeAll(elementBumps)) bump();
}
