/**
 * The JSX runtime: React's, and on top of it what identity needs (E3): a step is handed its key, which React keeps to
 * itself, another keyed element lends its key to the steps inside, and equal unkeyed siblings are counted.
 */
import {
  Fragment,
  Suspense as ReactSuspense,
  type ElementType,
  type ReactElement,
  type ReactNode,
} from "react";
import { jsx as reactJsx, jsxs as reactJsxs } from "react/jsx-runtime";
import { definitionOf } from "../authoring/definition.ts";
import { Limit, Suspense } from "../authoring/elements.ts";
import { AlderError } from "../errors/alder-error.ts";
import { Keyed, markTwins } from "./slots.ts";

type Create = (type: ElementType, props: object, key?: string) => ReactElement;

/** An element with at most one child, or with children from an array. */
export function jsx(type: unknown, props: object, key?: string | number): ReactElement {
  return create(reactJsx as Create, type, props, key);
}

/** An element with several children written in place. */
export function jsxs(type: unknown, props: object, key?: string | number): ReactElement {
  const { children } = props as { children?: readonly ReactNode[] };
  const marked = Array.isArray(children) ? markTwins(children) : children;
  return create(reactJsxs as Create, type, marked === children ? props : { ...props, children: marked }, key);
}

/** What transpilers call in development. */
export function jsxDEV(
  type: unknown,
  props: object,
  key?: string | number,
  isStatic?: boolean,
): ReactElement {
  return isStatic ? jsxs(type, props, key) : jsx(type, props, key);
}

export { Fragment };

function create(
  make: Create,
  given: unknown,
  props: object,
  givenKey: string | number | undefined,
): ReactElement {
  const type = checkType(given);
  if (type === Limit) return make(type, withLimitKey(props, givenKey));
  if (givenKey === undefined) return make(type, props);
  const key = String(givenKey);
  if (definitionOf(type) !== undefined) return make(type, { ...props, $key: key }, key);
  return reactJsx(Keyed, { name: key, children: make(type, props) }, key);
}

/** The `key` of a `<Limit>`, given by itself or with `{...limit}`, is the limit's, which React would keep to itself. */
function withLimitKey(props: { readonly key?: unknown }, given: string | number | undefined): object {
  const { key, ...own } = props;
  return { ...own, $key: given ?? key };
}

function checkType(type: unknown): ElementType {
  if (type === ReactSuspense) return Suspense as ElementType;
  if (typeof type === "string") {
    throw new AlderError(
      "html_element",
      `<${type}> is an element of a web page, and a workflow renders none: use components, workflows and Alder's elements`,
    );
  }
  if (Object.prototype.toString.call(type) === "[object AsyncFunction]") {
    const { name } = type as { name: string };
    throw new AlderError(
      "async_element",
      `<${name}> is a plain async function: register it, const ${name} = component("${name}", …), so that its result is remembered`,
    );
  }
  return type as ElementType;
}
