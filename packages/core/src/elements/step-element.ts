import { host } from "./host.ts";
import { createElement, Fragment, useInsertionEffect, useMemo, useReducer, type ReactNode } from "react";
import type { Definition } from "../authoring/definition.ts";
import { addKey, PlaceContext, usePlace } from "./place.ts";
import { Scope } from "./scope.ts";
import type { SlotProps } from "./slots.ts";
import { toTreeOf } from "./tree.ts";

type StepElementProps = SlotProps & { readonly children?: (value: unknown) => ReactNode };

/**
 * A component, workflow or built-in step as an element. It never suspends: while pending it renders a pending host node,
 * or only the first of several siblings would start.
 */
export function renderStepElement(definition: Definition, allProps: StepElementProps): ReactNode {
  const { children, $key: key, $twin: twin, ...props } = allProps;
  const place = usePlace(definition.name);
  const [, bump] = useReducer((count: number) => count + 1, 0);
  const step = place.scope.elementStep(definition, props, { key, twin: twin ?? 0, keys: place.keys });
  // Insertion effects survive hiding and StrictMode's second mount.
  useInsertionEffect(() => place.scope.mountStep(step, place.chain, bump), [place, step]);
  const inner = useMemo(
    () => (key === undefined ? place : { ...place, keys: addKey(place.keys, key) }),
    [place, key],
  );

  if (step.status === "rejected") throw step.reason;
  if (step.status === "pending") {
    const pending = host("pending", { key: "pending", label: definition.name, step });
    const nested = place.scope.scopeOf(step);
    if (nested === null) return pending;
    const scope = createElement(Scope, { key: nested.id, scope: nested });
    return createElement(Fragment, null, pending, host("aside", { key: "aside" }, scope));
  }
  if (typeof children !== "function") {
    // Time that has passed is no value.
    return definition.kind === "timer" ? null : host("value", { value: step.value as never });
  }
  const content = createElement(FunctionChild, { render: children, value: step.value });
  return createElement(PlaceContext.Provider, { value: inner }, content);
}

function FunctionChild({
  render,
  value,
}: {
  render: (value: unknown) => ReactNode;
  value: unknown;
}): ReactNode {
  return toTreeOf(() => render(value));
}
