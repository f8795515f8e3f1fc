/**
 * The tree of a run: mounted when its execution begins, and mounted anew when the run is retried.
 *
 * 1. A tree that is forgotten leaves nothing behind but the ledger: what it was given is in the pool again, and nobody is
 *    told that its calls have ended.
 */
import { defaultOf } from "../authoring/context-default.ts";
import { AlderError } from "../errors/alder-error.ts";
import { RareSet } from "../internal/rare-set.ts";
import { rootTree } from "../elements/built-in-elements.ts";
import { createReactRoot } from "../reconciler/react-root.ts";
import { createCall } from "./calls.ts";
import { CANCELLED } from "./cancelled.ts";
import { readContexts } from "./contexts.ts";
import { outsideScopes } from "./current-scope.ts";
import { stepId } from "./identity.ts";
import { nestedScopesOf } from "./render-scope.ts";
import type { Run } from "./run.ts";
import { ElementClaims } from "./same-step.ts";
import { noteStarts } from "./started.ts";

export function mountTree(run: Run): void {
  const { runId, strict } = run.options;
  run.react = createReactRoot({
    strict,
    onCommit() {
      run.reactDirty = true;
      run.enqueue();
    },
    onError: (error) => run.fail(error),
  });
  const rootScope = {
    id: "",
    label: `run ${runId}`,
    isAsync: true,
    inComponent: false,
    outer: [],
    place: [],
    now: () => run.options.createdAt,
    nested: new RareSet<string>(),
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
}

/** While the journal is applied: nothing executes, and nothing is being written. */
export function forgetTree(run: Run): void {
  for (const call of run.calls.values()) forgetCall(run, call);
  run.calls.clear();
  outsideScopes(() => run.react.unmount());
  run.claims = new ElementClaims();
  run.forgetMoves();
}

function forgetCall(run: Run, call: Run["rootCall"]): void {
  const { execution, entry } = call;
  if (entry !== null) run.ledger.addToPool(entry);
  else if (call.held) noteStarts(run, call);
  call.execution = null;
  call.dead = true;
  execution?.stop(CANCELLED);
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
