import { host } from "./host.ts";
import { Fragment, isValidElement, type ReactElement, type ReactNode } from "react";
import { toSlots } from "./slots.ts";
import { toReadable } from "../errors/readable.ts";
import type { Json } from "../protocol/json.ts";

/** Of a fallback or a function child. */
export function toTreeOf(render: () => unknown): ReactNode {
  try {
    return toTree(render());
  } catch (thrown) {
    throw toReadable(thrown);
  }
}

/** What a body, a fallback or a function child has returned, as something to render: a tree, or data as its value. */
export function toTree(returned: unknown): ReactNode {
  if (!hasElement(returned))
    return host("value", { value: (returned === undefined ? null : returned) as Json });
  if (Array.isArray(returned)) return toSlots(returned as ReactNode);
  const element = returned as ReactElement<{ children?: ReactNode }>;
  return element.type === Fragment && element.key === null ? toSlots(element.props.children) : element;
}

/** True for an element and for an array with one in it; user data is not searched any deeper. */
export function hasElement(value: unknown): boolean {
  return isValidElement(value) || (Array.isArray(value) && value.some(hasElement));
}
