/** What the authoring entry meets of the engine: where `.run`, `use`, `all` and elements lead to in a worker. */
import { currentRuntime, installRuntime, type Runtime } from "../authoring/runtime.ts";
import { renderBuiltIn, useInReact } from "../elements/built-in-elements.ts";
import { renderStepElement } from "../elements/step-element.ts";
import { AlderError } from "../errors/alder-error.ts";
import { isReactWorking } from "../reconciler/react-working.ts";
import { AwaitedCombined } from "./awaited-combined.ts";
import { isThenable } from "./body-result.ts";
import { currentScope } from "./current-scope.ts";
import { isPendingValue, type PendingValue } from "./pending-value.ts";
import { plainValueHere } from "./plain-values.ts";
import { currentBody } from "./render-scope.ts";
import { suspend } from "./suspend.ts";

let executing = 0;

/** Says that a worker executes runs in this process: from then on a lost context is an error and not a script. */
export function enterWorker(): () => void {
  executing++;
  return () => executing--;
}

export function installEngine(): void {
  if (currentRuntime() !== runtime) installRuntime(runtime);
}

const runtime: Runtime = {
  run(definition, props, options) {
    const body = currentBody();
    if (body !== null) {
      if (definition.name === "render") throw renderOutsideBody();
      return body.scope.call(body.pass, definition, props, options);
    }
    if (isReactWorking()) throw runOutsideBody(definition.name);
    const scope = currentScope();
    if (scope !== null) return scope.call(definition, props, options);
    if (executing > 0) throw lostContext(definition.name);
    return undefined;
  },

  combine(kind, members) {
    const body = currentBody();
    const scope = currentScope();
    if (body === null && scope === null) return undefined;
    const names = isList(members) ? null : Object.keys(members);
    const list = isList(members) ? members : Object.values(members);
    if (body !== null) return body.scope.combine(body.pass, kind, list, names);
    return new AwaitedCombined(scope!, kind, list, names);
  },

  plainValue: plainValueHere,

  use(source) {
    if (isPendingValue(source)) return useCall(source);
    if (isThenable(source)) throw foreignPromise(source);
    return useInReact(source);
  },

  renderStep: renderStepElement,
  renderElement: renderBuiltIn,
};

function useCall(value: PendingValue): unknown {
  const body = currentBody();
  if (body === null) {
    throw new AlderError(
      "use_outside_body",
      "use(call) belongs directly in a workflow's render body (or a custom hook it calls): elsewhere give the call as a prop, or await it in an async body",
    );
  }
  body.pass.use(value);
  if (value.status === "fulfilled") return value.value;
  if (value.status === "rejected") throw value.reason as Error;
  return suspend();
}

function foreignPromise(promise: unknown): AlderError {
  return new AlderError(
    "foreign_promise",
    "use() takes calls of components and workflows, and contexts, not a promise of another kind: put async work in a component" +
      (promise instanceof Promise ? "; for several calls use all() instead of Promise.all" : ""),
  );
}

function runOutsideBody(name: string): AlderError {
  return new AlderError(
    "run_outside_body",
    `${name}.run() was called in a plain component, a function child, a fallback or an effect. ` +
      `It belongs directly in a workflow's body: write <${name} … /> there, or make this component a workflow`,
  );
}

function renderOutsideBody(): AlderError {
  return new AlderError(
    "render_outside_body",
    "render() was called in a render body: it is for async bodies. Return the tree, or make it a workflow and use() its call",
  );
}

function lostContext(name: string): AlderError {
  return new AlderError(
    "lost_context",
    `${name}.run() was called in a worker but outside any step, so that no run can remember it: ` +
      `call it from the body of a component or workflow (a callback of another library may have lost the async context)`,
  );
}

function isList(members: unknown): members is readonly unknown[] {
  return Array.isArray(members);
}
