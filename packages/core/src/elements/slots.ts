/**
 * Which child is which, in one children list (E3): a key stays with its element, equal unkeyed steps are told apart by
 * the order they stand in, and a keyed element that is no step itself lends its key to the steps inside.
 */
import {
  Children,
  cloneElement,
  createElement,
  isValidElement,
  type ReactElement,
  type ReactNode,
} from "react";
import { definitionOf } from "../authoring/definition.ts";
import { Limit } from "../authoring/elements.ts";
import { propsContent } from "../authoring/props-content.ts";
import { currentRuntime } from "../authoring/runtime.ts";

/** Props by which the JSX runtime hands an element its own key and its place among equals. */
export interface SlotProps {
  readonly $key?: string;
  readonly $twin?: number;
}

/** Lends its key to the steps inside it. */
export function Keyed(props: { readonly name: string; readonly children?: ReactNode }): ReactNode {
  return currentRuntime()?.renderElement("Keyed", props) as ReactNode;
}

/** The children as a list in which every element knows its key and its place among equals. */
export function toSlots(children: ReactNode): readonly ReactNode[] {
  const list = Children.toArray(children);
  return markTwins(list.map(withOwnKey));
}

/** Numbers equal, unkeyed steps of one list. The list itself comes back when there are none. */
export function markTwins(list: readonly ReactNode[]): readonly ReactNode[] {
  const alike = countTypes(list);
  if (alike === null) return list;
  const seen = new Map<string, number>();
  return list.map((child) => {
    if (!isUnkeyedStep(child) || (alike.get(child.type) ?? 0) < 2) return child;
    const content = contentOf(child);
    if (content === null) return child;
    const twin = seen.get(content) ?? 0;
    seen.set(content, twin + 1);
    return twin === (child.props.$twin ?? 0) ? child : cloneElement(child, { $twin: twin });
  });
}

function countTypes(list: readonly ReactNode[]): Map<unknown, number> | null {
  if (list.length < 2) return null;
  let alike: Map<unknown, number> | null = null;
  let repeated = false;
  for (const child of list) {
    if (!isUnkeyedStep(child)) continue;
    alike ??= new Map();
    const count = (alike.get(child.type) ?? 0) + 1;
    alike.set(child.type, count);
    repeated ||= count > 1;
  }
  return repeated ? alike : null;
}

function isUnkeyedStep(
  child: ReactNode,
): child is ReactElement<SlotProps & { children?: ReactNode; schema?: unknown }> {
  if (!isValidElement<SlotProps>(child) || child.props.$key !== undefined) return false;
  return definitionOf(child.type) !== undefined && explicitKey(child.key) === undefined;
}

function contentOf(
  child: ReactElement<SlotProps & { children?: ReactNode; schema?: unknown }>,
): string | null {
  // The schema of a <WaitFor> is no part of its identity.
  const { children: _children, $key: _key, $twin: _twin, ...all } = child.props;
  const { schema: _schema, ...withoutSchema } = all;
  const definition = definitionOf(child.type);
  const props = definition?.kind === "signal" ? withoutSchema : all;
  const name = definition?.name ?? "";
  try {
    return `${name}|${propsContent(props, name)}`;
  } catch {
    return null; // the element itself reports what is wrong with its props
  }
}

/** Keys given past our JSX runtime, through `createElement` or another runtime, are seen here. */
function withOwnKey(child: ReactNode): ReactNode {
  if (!isValidElement<SlotProps>(child)) return child;
  const key = explicitKey(child.key);
  if (key === undefined || child.props.$key !== undefined || child.type === Keyed) return child;
  if (definitionOf(child.type) !== undefined || child.type === Limit)
    return cloneElement(child, { $key: key });
  return createElement(Keyed, { key: child.key, name: key }, child);
}

/** The key that was given: `Children.toArray` writes it as `.$key` or `.0:$key`, with `=` and `:` escaped. */
export function explicitKey(key: string | null): string | undefined {
  const match = key === null ? null : /(?:^\.|:)\$([^]*)$/.exec(key);
  return match?.[1]?.replaceAll("=2", ":").replaceAll("=0", "=");
}
