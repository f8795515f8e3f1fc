import { host } from "./host.ts";
import {
  createElement,
  memo,
  Suspense,
  use,
  useMemo,
  useState,
  type ReactElement,
  type ReactNode,
} from "react";
import type { HostNode } from "../reconciler/host-node.ts";
import { PlaceContext, type SequenceState } from "./place.ts";
import { AlderError } from "../errors/alder-error.ts";
import { explicitKey, toSlots } from "./slots.ts";

interface BranchProps {
  readonly index: number;
  readonly onDone?: (node: HostNode) => boolean;
  /** The `Sequence` this is a child of. */
  readonly sequence?: SequenceState;
  readonly children?: ReactNode;
}

/** One child of a container: suspends on its own, and says when nothing in it is pending. */
export function Branch({ index, onDone, sequence, children }: BranchProps): ReactNode {
  const place = use(PlaceContext);
  const inner = useMemo(
    () => (sequence && place ? { ...place, chain: { sequence, index, up: place.chain } } : place),
    [place, sequence, index],
  );
  const suspended = host("pending", { label: `branch ${index}` });
  return host(
    "branch",
    onDone === undefined ? { index } : { index, onDone },
    createElement(
      PlaceContext.Provider,
      { value: inner },
      createElement(Suspense, { fallback: suspended }, children),
    ),
  );
}

type SlotChild = Exclude<ReactNode, undefined>;

/**
 * The children as slots, and a function that gives each its branch. Branches are cached by key, so that a container
 * that moves on re-renders one branch and not all of them. Throws `duplicate_key`.
 */
export function useBranches(
  container: string,
  children: ReactNode,
  toBranch: (child: ReactNode, key: string, index: number) => ReactElement,
): {
  readonly slots: readonly ReactNode[];
  readonly branch: (index: number) => ReactElement;
} {
  const slots = useMemo(() => distinctSlots(container, children), [container, children]);
  const [cache] = useState(() => new Map<string, { child: SlotChild; element: ReactElement }>());
  const branch = (index: number): ReactElement => {
    const child = slots[index] ?? null;
    const key = slotKey(child, index);
    let cached = cache.get(key);
    if (cached === undefined || cached.child !== child) {
      cached = { child, element: toBranch(child, key, index) };
      cache.set(key, cached);
    }
    return cached.element;
  };
  return { slots, branch };
}

/** Children as slots. Two of one key would be one branch: one of them would not be executed, or get the other's result. */
export function distinctSlots(container: string, children: ReactNode): readonly ReactNode[] {
  const slots = toSlots(children);
  const seen = new Set<string>();
  slots.forEach((slot, index) => {
    const key = slotKey(slot, index);
    if (seen.has(key)) {
      throw new AlderError(
        "duplicate_key",
        `<${container}> has two children with the key "${explicitKey(key) ?? key}": give each a key of its own`,
      );
    }
    seen.add(key);
  });
  return slots;
}

export function slotKey(child: ReactNode, index: number): string {
  return typeof child === "object" && child !== null && "key" in child && child.key !== null
    ? child.key
    : `#${index}`;
}

const GROUP_ABOVE = 64;
const GROUP_SIZE = 32;

/** True for so many children that their branches are to be mounted in groups, now and later: a branch that moves is mounted anew. */
export function needGroups(slots: readonly ReactNode[]): boolean {
  return slots.length > GROUP_ABOVE;
}

/** React clones every sibling of a fiber that has work: many branches are mounted in groups. */
export function inGroups(branches: readonly ReactElement[]): ReactNode {
  const groups: ReactElement[] = [];
  for (let start = 0; start < branches.length; start += GROUP_SIZE) {
    groups.push(
      createElement(Group, { key: `$group${start}`, branches: branches.slice(start, start + GROUP_SIZE) }),
    );
  }
  return groups;
}

const Group = memo(
  function Group({ branches }: { readonly branches: readonly ReactElement[] }): ReactNode {
    return branches;
  },
  (before, after) =>
    before.branches.length === after.branches.length &&
    before.branches.every((branch, index) => branch === after.branches[index]),
);
