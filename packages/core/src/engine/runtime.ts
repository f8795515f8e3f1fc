/** What the authoring entry meets of the engine: where `.run`, `use`, `all` and elements lead to in a worker. */
import { createElement, use as useReact, type ComponentType, type Context } from "react";
import { isCall } from "../authoring/call.ts";
import { currentRuntime, installRuntime, type ElementName, type Runtime } from "../authoring/runtime.ts";
import { Progress, Publish, Status } from "../elements/announce.ts";
import { Catch } from "../elements/catch.ts";
import { KeyedPlace } from "../elements/keyed.ts";
import { Output } from "../elements/output.ts";
import { Parallel } from "../elements/parallel.ts";
import { Sequence } from "../elements/sequence.ts";
import { renderStepElement } from "../elements/step-element.ts";
import { Suspense } from "../elements/suspense.ts";
import { AlderError } from "../errors/alder-error.ts";
import { isReactWorking } from "../reconciler/react-root.ts";
import { currentScope } from "./current-scope.ts";
import type { PendingValue } from "./pending-value.ts";
import { currentBody } from "./render-scope.ts";

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
    if (body !== null) return body.scope.call(body.pass, definition, props, options);
    if (isReactWorking()) throw runOutsideBody(definition.name);
    const scope = currentScope();
    if (scope !== null) return scope.call(definition, props, options);
    if (executing > 0) throw lostContext(definition.name);
    return undefined;
  },

  combine(_kind, members) {
    const body = currentBody();
    if (body === null) return undefined;
    if (isList(members)) return body.scope.combine(members, null);
    const names = Object.keys(members);
    return body.scope.combine(names.map((name) => members[name]), names);
  },

  use(source) {
    if (isCall(source)) return useCall(source as unknown as PendingValue);
    if (isThenable(source)) throw foreignPromise(source);
    return useReact(source as Context<unknown>);
  },

  renderStep: (definition, props) => renderStepElement(definition, props),
  renderElement: (name, props) => createElement(ELEMENTS[name] as ComponentType<object>, props),
};

const ELEMENTS: Record<ElementName, unknown> = {
  Sequence,
  Parallel,
  Catch,
  Suspense,
  Status,
  Progress,
  Publish,
  Output,
  Keyed: KeyedPlace,
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
  return useReact(value as unknown as Promise<unknown>);
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

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
