import { createElement, useState, type ReactNode } from "react";
import { Branch, useBranches } from "./branch.ts";
import { host } from "./host.ts";

/**
 * The winner is the first branch that is done in the order in which results are applied: the same in every life, and so
 * in no record (E2). Its value is the winner's.
 */
export function Race({ children }: { readonly children?: ReactNode }): ReactNode {
  const [winner, setWinner] = useState<number | null>(null);
  const [race] = useState(() => ({ isDecided: false }));
  const { slots, branch } = useBranches(children, (child, key, index) => {
    const onDone = (): boolean => {
      if (race.isDecided) return false;
      race.isDecided = true;
      setWinner(index);
      return true;
    };
    return createElement(Branch, { key, index, onDone }, child);
  });
  if (winner !== null) return host("race", null, branch(winner));
  const undecided = slots.length === 0 ? null : host("pending", { key: "$race", label: "Race" });
  return host(
    "race",
    null,
    slots.map((_, index) => branch(index)),
    undecided,
  );
}
