import { host } from "./host.ts";
import {
  createElement,
  Fragment,
  use,
  useInsertionEffect,
  useMemo,
  useReducer,
  useState,
  type ReactNode,
} from "react";
import type { Definition } from "../authoring/definition.ts";
import { addKey, PlaceContext, usePlace, type Place, type StepHandle } from "./place.ts";
import { Scope } from "./scope.ts";
import type { SlotProps } from "./slots.ts";
import { toTreeOf } from "./tree.ts";

type StepElementProps = SlotProps & { readonly children?: (value: unknown) => ReactNode };

/**
 * A component, workflow or built-in step as an element. It never suspends: while pending it renders a pending host node,
 * or only the first of several siblings would start.
 */
export function renderStepElement(definition: Definition, props: StepElementProps): ReactNode {
  const place = usePlace(definition.name);
  const [, bump] = useReducer((count: number) => count + 1, 0);
  const step = useStep(place, definition, props);
  // Insertion effects survive hiding and StrictMode's second mount.
  useInsertionEffect(() => place.scope.mountStep(step, place.chain, bump), [place, step]);

  if (step.status === "rejected") throw step.reason;
  if (step.status === "pending") {
    const pending = host("pending", { key: "pending", label: definition.name, step });
    const nested = place.scope.scopeOf(step);
    if (nested === null) return pending;
    const scope = createElement(Scope, { key: nested.id, scope: nested });
    return createElement(Fragment, null, pending, host("aside", { key: "aside" }, scope));
  }
  const { children, $key } = props;
  if (typeof children !== "function") {
    // Time that has passed is no value.
    return definition.kind === "timer" ? null : host("value", { value: step.value as never });
  }
  return createElement(FunctionChild, { render: children, value: step.value, $key });
}

/** Asks the scope again, which costs a hash, only if something is not as it was in the last render. */
function useStep(place: Place, definition: Definition, props: StepElementProps): StepHandle {
  const [last] = useState((): { props: object; place: Place; step: StepHandle | null } => ({
    props,
    place,
    step: null,
  }));
  // Another attempt has cleared a step that is dead; and contexts may have changed where props have not.
  const isSame = last.props === props && last.place === place && definition.contexts.length === 0;
  if (isSame && last.step !== null && !last.step.dead) return last.step;
  const { children: _children, $key: key, $twin: twin, ...own } = props;
  const { scope, keys, limits } = place;
  const step = scope.elementStep(definition, own, { key, twin: twin ?? 0, keys, limits });
  Object.assign(last, { props, place, step });
  return step;
}

interface FunctionChildProps {
  readonly render: (value: unknown) => ReactNode;
  readonly value: unknown;
  readonly $key: string | undefined;
}

/** What a key is around has it among its keys. */
function FunctionChild({ render, value, $key: key }: FunctionChildProps): ReactNode {
  const place = use(PlaceContext);
  const inner = useMemo(
    () => (place === null || key === undefined ? place : { ...place, keys: addKey(place.keys, key) }),
    [place, key],
  );
  return createElement(
    PlaceContext.Provider,
    { value: inner },
    toTreeOf(() => render(value)),
  );
}
