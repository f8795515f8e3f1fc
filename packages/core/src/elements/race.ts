import { createElement, useState, type ReactNode } from "react";
import { Branch, slotKey, useBranches } from "./branch.ts";
import { host } from "./host.ts";

/**
 * The winner is the first branch that is done in the order in which results are applied: the same in every life, and so
 * in no record (E2). Its value is the winner's.
 */
export function Race({ children }: { readonly children?: ReactNode }): ReactNode {
  const [winner, setWinner] = useState<string | null>(null);
  const [race] = useState(() => ({ isDecided: false }));
  const { slots, branch } = useBranches("Race", children, (child, key, index) => {
    const onDone = (): boolean => {
      if (race.isDecided) return false;
      race.isDecided = true;
      setWinner(key);
      return true;
    };
    return createElement(Branch, { key, index, onDone }, child);
  });
  const running = slots.flatMap((slot, index) =>
    winner === null || slotKey(slot, index) === winner ? [branch(index)] : [],
  );
  const isUndecided = winner === null && slots.length > 0;
  // Still a list when one is left: alone it would be mounted anew, and say again what it has said.
  return host("race", null, running, isUndecided ? host("pending", { key: "$race", label: "Race" }) : null);
}
