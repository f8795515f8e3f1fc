/** Executes a run from its journal: the engine's way in. */
import { defaultOf } from "../authoring/context-default.ts";
import { AlderError } from "../errors/alder-error.ts";
import { rootTree } from "../elements/built-in-elements.ts";
import { createReactRoot } from "../reconciler/react-root.ts";
import type { StoredSignal } from "../store/store.ts";
import { createCall } from "./calls.ts";
import { readContexts } from "./contexts.ts";
import { outsideScopes } from "./current-scope.ts";
import { drop } from "./drop.ts";
import { stepId } from "./identity.ts";
import { enqueue } from "./loop.ts";
import { idleOf, isAtRest, probe } from "./quiescence.ts";
import { nestedScopesOf } from "./render-scope.ts";
import { Run, type IdleRun, type RunOptions } from "./run.ts";
import { installEngine } from "./runtime.ts";
import { addSignals } from "./signals.ts";

export interface ExecutingRun {
  addSignals(signals: readonly StoredSignal[]): void;
  /** What it waits for, if it does nothing but wait. */
  idle(): IdleRun | null;
  /** Asks the run to end as cancelled; its end follows from the journal. */
  cancel(): void;
  /** Starts no further step; `onDrained` is called when those under way have ended. */
  drain(): void;
  /** Nothing moves and nothing is being written: what comes next comes from outside. */
  isAtRest(): boolean;
  /** Stops at once and says nothing more: the run is somebody else's, or waits without us. */
  stop(): void;
}

export function executeRun(options: RunOptions): ExecutingRun {
  installEngine();
  const run = new Run(options);
  run.enqueue = () => enqueue(run);
  run.teardown = () => teardown(run);
  run.react = createReactRoot({
    strict: options.strict,
    onCommit() {
      run.reactDirty = true;
      enqueue(run);
    },
    onError: (error) => run.fail(error),
  });
  const rootScope = {
    id: "",
    label: `run ${options.runId}`,
    isAsync: true,
    inComponent: false,
    outer: [],
    place: [],
    now: () => run.options.createdAt,
    nested: new Set<string>(),
    bumpNested: null,
    nestedScopes: () => nestedScopesOf(run, rootScope.nested),
  };
  run.rootScope = rootScope;
  run.rootCall = createRootCall(run);
  outsideScopes(() => {
    run.react.render(rootTree(rootScope));
    run.reactDirty = true;
    run.retain(run.rootCall);
    run.schedule();
  });
  return {
    addSignals: (signals) => addSignals(run, signals),
    idle: () => idleOf(run),
    isAtRest: () => isAtRest(run),
    cancel: () => run.writer.write({ type: "run.cancelling" }, { t: "cancel" }),
    drain() {
      run.draining = true;
      probe(run);
    },
    stop() {
      if (run.ended) return;
      run.announcer.mute();
      run.ended = true;
      run.teardown();
    },
  };
}

function createRootCall(run: Run): Run["rootCall"] {
  const { workflow, input, salt, runId } = run.options;
  const identity = { scope: "", name: workflow.name, key: runId, keys: "", content: "", occurrence: 0 };
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new AlderError(
      "invalid_input",
      `the input of workflow "${workflow.name}" must be an object, its props`,
    );
  }
  return createCall(run, stepId(salt, identity), {
    definition: workflow,
    props: input,
    scope: run.rootScope,
    key: undefined,
    keys: "",
    content: "",
    contexts: readContexts(workflow, defaultOf),
  });
}

/** Stops everything that is under way, and lets go of the tree once nobody is in the middle of a commit. */
function teardown(run: Run): void {
  for (const call of run.calls.values()) if (call.execution !== null) drop(run, call);
  setImmediate(() =>
    outsideScopes(() => {
      run.react.unmount();
      run.forget();
    }),
  );
}
