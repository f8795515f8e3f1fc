/**
 * The host tree: what React commits for a run, reduced to what the engine asks of it: is this part done, what is its
 * value, where in the tree is this step.
 *
 * 1. `count` of a node is the number of pending nodes visible below it, itself included. Hidden nodes, fallbacks and
 *    asides (nested scopes, which have a pending node of their own) do not count upwards.
 * 2. A node with `onDone` is in `root.toCheck` after its count has fallen to 0 or, with `onPending`, risen from 0.
 * 3. Hiding and unhiding are idempotent: React unhides nodes that were never hidden.
 */
import type { ReactNode } from "react";
import { RareSet } from "../internal/rare-set.ts";
import type { Json } from "../protocol/json.ts";

const TYPES = [
  "pending",
  "value",
  "race",
  "announcement",
  "aside",
  "fallback",
  "output",
  "parallel",
  "sequence",
  "scope",
  "suspense",
  "branch",
  "text",
] as const;

export type HostType = (typeof TYPES)[number];

export const HOST_TYPES: ReadonlySet<string> = new Set(TYPES);

export interface HostProps {
  readonly children?: ReactNode;
  /** pending: what is awaited, for people. */
  readonly label?: string;
  /** scope: the step it is the body of. */
  readonly scopeId?: string;
  /** pending: the step it stands for, told where it stands. */
  readonly step?: { node: HostNode | null };
  readonly value?: Json;
  readonly announcement?: Announcement;
  /** Place among its siblings, where the tree does not show it (branches). */
  readonly index?: number;
  /** sequence: of the children that are finished and unmounted. */
  readonly kept?: KeptValues;
  /** Nothing is pending below; returns true if it changed React state. */
  readonly onDone?: (node: HostNode) => boolean;
  /** Something is pending below again. */
  readonly onPending?: () => boolean;
}

/** The value of the last that had one, and of the last `Output` in them. */
interface KeptValues {
  readonly last: Json | typeof NONE;
  readonly output: { readonly value: Json | typeof NONE } | null;
}

/** What `<Status>`, `<Progress>` and `<Publish>` say; `text` is its canonical form. */
export interface Announcement {
  readonly kind: "status" | "progress" | "object";
  readonly text: string;
  readonly data: Json;
}

/** A tree, or a part of it, that has no value. */
export const NONE = Symbol("no value");

export interface HostParent {
  readonly children: HostNode[];
  parent: HostParent | null;
  count: number;
  hidden: boolean;
}

export interface HostNode extends HostParent {
  readonly type: HostType;
  props: HostProps;
  readonly root: HostRoot;
  /** React's fiber, kept on scopes only. */
  readonly fiber: unknown;
}

export interface HostRoot extends HostParent {
  readonly type: "root";
  readonly toCheck: RareSet<HostNode>;
  readonly announcements: RareSet<HostNode>;
  readonly onCommit: () => void;
}

export function createHostRoot(onCommit: () => void): HostRoot {
  return {
    type: "root",
    toCheck: new RareSet(),
    announcements: new RareSet(),
    onCommit,
    children: [],
    parent: null,
    count: 0,
    hidden: false,
  };
}

export function createHostNode(type: HostType, props: HostProps, root: HostRoot, fiber: unknown): HostNode {
  const node: HostNode = {
    type,
    props,
    root,
    fiber: type === "scope" ? fiber : null,
    children: [],
    parent: null,
    hidden: false,
    count: type === "pending" ? 1 : 0,
  };
  if (props.step !== undefined) props.step.node = node;
  return node;
}

/** How many pending nodes it adds to its parent's count. */
export function countUpwards(node: HostNode): number {
  return node.hidden || node.type === "fallback" || node.type === "aside" ? 0 : node.count;
}

export function attach(parent: HostParent, child: HostNode, before: HostNode | null): void {
  if (child.parent !== null) detach(child.parent, child);
  if (before === null) parent.children.push(child);
  else parent.children.splice(parent.children.indexOf(before), 0, child);
  child.parent = parent;
  addToCounts(parent, countUpwards(child));
}

export function detach(parent: HostParent, child: HostNode): void {
  const at = parent.children.lastIndexOf(child);
  if (at >= 0) parent.children.splice(at, 1);
  child.parent = null;
  addToCounts(parent, -countUpwards(child));
}

export function setHidden(node: HostNode, hidden: boolean): void {
  if (node.hidden === hidden) return;
  const counted = node.type === "fallback" || node.type === "aside" ? 0 : node.count;
  node.hidden = hidden;
  addToCounts(node.parent, hidden ? -counted : counted);
}

/** True while the node is part of its run's committed tree. */
export function isAttached(node: HostNode): boolean {
  let top: HostParent = node;
  while (top.parent !== null) top = top.parent;
  return top === node.root;
}

/** The way from the enclosing scope down to the node, sibling by sibling; empty if it is not attached. */
export function placeOf(node: HostNode | null): readonly number[] {
  const place: number[] = [];
  for (let at = node; at !== null && at.type !== "scope";) {
    const parent: HostParent | null = at.parent;
    if (parent === null) return [];
    place.push(at.props.index ?? parent.children.indexOf(at));
    if (!isNode(parent)) break;
    at = parent;
  }
  return place.toReversed();
}

export function isNode(parent: HostParent): parent is HostNode {
  return "props" in parent;
}

function addToCounts(from: HostParent | null, difference: number): void {
  let at = from;
  while (at !== null && difference !== 0) {
    const before = at.count;
    at.count += difference;
    if (!isNode(at)) return;
    if (
      at.props.onDone !== undefined &&
      (at.count === 0 || (before === 0 && at.props.onPending !== undefined))
    ) {
      at.root.toCheck.add(at);
    }
    if (at.hidden || at.type === "fallback" || at.type === "aside") return;
    at = at.parent;
  }
}
