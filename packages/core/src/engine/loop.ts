/**
 * The one loop of the process. `flushSyncWork` visits every root, so it is called once per turn for all runs that moved,
 * and not once per run.
 */
import { hasCode } from "../errors/alder-error.ts";
import { takeAll } from "../internal/take-all.ts";
import { flushReact } from "../reconciler/react-root.ts";
import { outsideScopes } from "./current-scope.ts";
import type { Run } from "./run.ts";
import { advance, commitStructure, settleTurn } from "./turn.ts";

/** A long recovery lets heartbeats and requests in between. */
const SLICE_MS = 20;

const moved = new Set<Run>();
let isTurning = false;
let isQueued = false;

export function enqueue(run: Run): void {
  moved.add(run);
  if (isTurning || isQueued) return;
  isQueued = true;
  queueMicrotask(turnAll);
}

function turnAll(): void {
  isQueued = false;
  isTurning = true;
  const sliceEnd = performance.now() + SLICE_MS;
  try {
    outsideScopes(() => {
      do turn(takeAll(moved));
      while (moved.size > 0 && performance.now() < sliceEnd);
      // What has begun is finished: between slices React would go on by itself, and commit where nobody looks.
      for (let open = takeOpen(); open.length > 0; open = takeOpen()) turn(open);
    });
  } finally {
    isTurning = false;
  }
  if (moved.size > 0) {
    isQueued = true;
    setImmediate(turnAll);
  }
}

/** Those in the middle of a turn. */
function takeOpen(): Run[] {
  const open = [...moved].filter((run) => run.inTurn && !run.ended);
  for (const run of open) moved.delete(run);
  return open;
}

function turn(given: readonly Run[]): void {
  const runs = given.filter((run) => !run.ended);
  for (const run of runs) guarded(run, advance);
  if (runs.some((run) => run.reactDirty)) flush(runs);
  const atRest: Run[] = [];
  for (const run of runs) {
    if (run.ended) continue;
    if (guarded(run, commitStructure)) moved.add(run);
    else atRest.push(run);
  }
  for (const run of atRest) {
    if (run.ended || !guarded(run, settleTurn)) continue;
    run.scheduled = true;
    moved.add(run);
  }
}

function flush(runs: readonly Run[]): void {
  try {
    flushReact();
  } catch (error) {
    // No run must end because of another: the process does, and whoever recovers them finds the one to blame (E8).
    if (hasCode(error, "react_broken")) throw error;
    // React itself has thrown, and does not say in which root.
    for (const run of runs) run.fail(error);
  }
  // What was committed is looked at in this very turn. Other runs' commits, by React itself, have put those into the loop.
  for (const run of runs) {
    run.reactDirty = false;
    moved.delete(run);
  }
}

/** An error in the engine is this run's, not everybody's. */
function guarded<T>(run: Run, part: (run: Run) => T): T | undefined {
  try {
    return part(run);
  } catch (error) {
    run.fail(error);
    return undefined;
  }
}
