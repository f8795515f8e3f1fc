/** Executes a run from its journal: the engine's way in. */
import type { StoredSignal } from "../store/store.ts";
import { outsideScopes } from "./current-scope.ts";
import { drop } from "./drop.ts";
import { enqueue } from "./loop.ts";
import type { PastRun } from "./past-run.ts";
import { activityOf, idleOf, isAtRest, probe, type Activity } from "./quiescence.ts";
import { breakDown } from "./retry-run.ts";
import { Run, type IdleRun, type RunOptions } from "./run.ts";
import { installEngine } from "./runtime.ts";
import { addSignals } from "./signals.ts";
import { mountTree } from "./tree.ts";

export type { Activity };

export interface ExecutingRun {
  addSignals(signals: readonly StoredSignal[]): void;
  /** What it waits for, if it does nothing but wait. */
  idle(): IdleRun | null;
  activity(): Activity;
  /** Asks the run to end as cancelled; its end follows from the journal. */
  cancel(): void;
  /** Starts no further step; `onDrained` is called when those under way have ended. */
  drain(): void;
  /** Nothing moves and nothing is being written: what comes next comes from outside. */
  isAtRest(): boolean;
  /** What the store keeps of runs of this workflow that have completed. */
  know(past: readonly PastRun[]): void;
  /** How long it and its steps took, to be kept once it has completed. */
  times(): PastRun | undefined;
  /** Stops at once and says nothing more: the run is somebody else's, or waits without us. */
  stop(): void;
}

export function executeRun(options: RunOptions): ExecutingRun {
  return createRun(options).handle;
}

/** For whoever looks into it. */
export function createRun(options: RunOptions): { readonly run: Run; readonly handle: ExecutingRun } {
  installEngine();
  const run = new Run(options);
  run.enqueue = () => enqueue(run);
  run.teardown = () => teardown(run);
  run.breakDown = (error) => breakDown(run, error);
  mountTree(run);
  const handle: ExecutingRun = {
    addSignals: (signals) => addSignals(run, signals),
    idle: () => idleOf(run),
    isAtRest: () => isAtRest(run),
    activity: () => activityOf(run),
    cancel: () => run.writer.write({ type: "run.cancelling" }, { t: "cancel" }),
    drain() {
      run.draining = true;
      probe(run);
    },
    know(past) {
      run.forecast.know(past);
      if (!run.recovering && !run.ended && !run.stopping) run.forecast.look();
    },
    times: () => run.times.toPastRun(),
    stop() {
      if (run.ended) return;
      run.announcer.mute();
      run.ended = true;
      run.teardown();
    },
  };
  return { run, handle };
}

/** Stops everything that is under way, and lets go of the tree once nobody is in the middle of a commit. */
function teardown(run: Run): void {
  run.forecast.stop();
  for (const call of run.calls.values()) if (call.execution !== null) drop(run, call);
  setImmediate(() =>
    outsideScopes(() => {
      run.react.unmount();
      run.forget();
    }),
  );
}
