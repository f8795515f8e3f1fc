import { AlderError } from "../errors/alder-error.ts";
import { host } from "./host.ts";
import { createElement, useReducer, useState, type ReactElement, type ReactNode } from "react";
import { Branch, inGroups, needGroups, slotKey, useBranches } from "./branch.ts";

interface ParallelProps {
  readonly limit?: number;
  readonly children?: ReactNode;
}

/** All children at once, or `limit` at a time, in order. Its value is always an array. */
export function Parallel({ limit = Infinity, children }: ParallelProps): ReactNode {
  if (typeof limit !== "number" || !(limit >= 1)) throw badLimit(limit);
  const [done] = useState(() => new Set<string>());
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  const { slots, branch } = useBranches("Parallel", children, (child, key, index) => {
    const onDone = (): boolean => {
      if (done.has(key)) return false;
      done.add(key);
      rerender();
      return true;
    };
    return createElement(Branch, limit < Infinity ? { key, index, onDone } : { key, index }, child);
  });
  const [isGrouped] = useState(() => needGroups(slots));
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
    isGrouped ? inGroups(mounted) : mounted,
    more ? host("pending", { key: "$more", label: "Parallel" }) : null,
  );
}

function badLimit(limit: unknown): AlderError {
  return new AlderError(
    "bad_policy",
    `<Parallel limit>: ${String(limit)} is not how many children can be done at once: give a number from 1, or leave it out`,
  );
}
