import { host } from "./host.ts";
import { createElement, useInsertionEffect, useState, type ReactNode } from "react";
import { NONE } from "../reconciler/host-node.ts";
import { findOutput, outputValue, treeValue, type TreeValue } from "../reconciler/tree-value.ts";
import { Branch, useBranches } from "./branch.ts";
import { usePlace, type SequenceState } from "./place.ts";

interface Kept {
  last: TreeValue;
  output: { value: TreeValue } | null;
}

/**
 * Children one after the other; its value is that of the last child that has one. Finished children are unmounted, which keeps a commit
 * cheap however long the sequence is.
 */
export function Sequence({ children }: { readonly children?: ReactNode }): ReactNode {
  const { scope } = usePlace("Sequence");
  const [position, setPosition] = useState(0);
  const [kept] = useState((): Kept => ({ last: NONE, output: null }));
  const [state] = useState((): SequenceState => ({ mounted: true, position: 0, length: 0, finished: [] }));
  const { slots, branch } = useBranches("Sequence", children, (child, key, index) =>
    createElement(
      Branch,
      {
        key,
        index,
        sequence: state,
        onDone(node) {
          if (index !== state.position || index + 1 >= state.length) return false;
          const output = findOutput(node);
          if (output !== null) kept.output = { value: outputValue(output) };
          const value = treeValue(node);
          if (value !== NONE) kept.last = value;
          state.position = index + 1;
          setPosition(index + 1);
          return true;
        },
      },
      child,
    ),
  );
  state.length = slots.length;
  useInsertionEffect(() => {
    state.mounted = true;
    return () => {
      state.mounted = false;
      scope.releaseFinished(state);
    };
  }, [scope, state]);
  const last = slots.length - 1;
  return host(
    "sequence",
    { kept },
    slots.length > 0 ? branch(Math.min(position, last)) : null,
    position < last ? host("pending", { key: "$more", label: "Sequence" }) : null,
  );
}
