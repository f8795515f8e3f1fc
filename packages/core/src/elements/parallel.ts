import { host } from "./host.ts";
import { createElement, useReducer, useState, type ReactElement, type ReactNode } from "react";
import { Branch, inGroups, slotKey, useBranches } from "./branch.ts";

export interface ParallelProps {
  readonly limit?: number;
  readonly children?: ReactNode;
}

/** All children at once, or `limit` at a time, in order. Its value is always an array. */
export function Parallel({ limit = Infinity, children }: ParallelProps): ReactNode {
  const [done] = useState(() => new Set<string>());
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  const { slots, branch } = useBranches(children, (child, key, index) => {
    const onDone = (): boolean => {
      if (done.has(key)) return false;
      done.add(key);
      rerender();
      return true;
    };
    return createElement(Branch, limit < Infinity ? { key, index, onDone } : { key, index }, child);
  });
  const mounted: ReactElement[] = [];
  let unfinished = 0;
  for (let index = 0; index < slots.length; index++) {
    if (!done.has(slotKey(slots[index], index)) && unfinished++ >= limit) break;
    mounted.push(branch(index));
  }
  const more = mounted.length < slots.length;
  return host(
    "parallel",
    null,
    inGroups(mounted),
    more ? host("pending", { key: "$more", label: "Parallel" }) : null,
  );
}
