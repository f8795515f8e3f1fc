/**
 * A `React.Suspense` used directly, with a promise of the author's own, leaves no mark in the host tree: before a scope
 * is taken as complete its fibers are walked once.
 */
import type { Fiber } from "react-reconciler";
import type { HostNode } from "./host-node.ts";

const SUSPENSE_COMPONENT = 13; // react-reconciler, ReactWorkTags

export function isSuspendedBelow(node: HostNode): boolean {
  const stack = [committed(node.fiber as Fiber).child];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    for (let fiber = top; fiber !== null; fiber = fiber.sibling) {
      if (fiber.tag === SUSPENSE_COMPONENT && fiber.memoizedState !== null) return true;
      if (fiber.child !== null && !isBeside(fiber)) stack.push(fiber.child);
    }
  }
  return false;
}

/** Scopes of their own, and fallbacks: what is mounted there does not count for the scope (`host-node.ts`). */
function isBeside({ type }: Fiber): boolean {
  return type === "aside" || type === "fallback";
}

/** Of a fiber and its alternate, the one that is part of the committed tree. */
function committed(fiber: Fiber): Fiber {
  return isInCommittedTree(fiber) ? fiber : (fiber.alternate ?? fiber);
}

function isInCommittedTree(fiber: Fiber): boolean {
  let at = fiber;
  for (; at.return !== null; at = at.return) {
    let child = at.return.child;
    while (child !== null && child !== at) child = child.sibling;
    if (child === null) return false;
  }
  return (at.stateNode as { current: Fiber }).current === at;
}
