import { host } from "./host.ts";
import { createElement, Fragment, useState, type ReactNode } from "react";
import { Branch } from "./branch.ts";
import { toSlots } from "./slots.ts";

export interface SuspenseProps {
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
}

/** Shows its fallback, beside the children that go on, for as long as something in them is pending. */
export function Suspense({ fallback, children }: SuspenseProps): ReactNode {
  const [pending, setPending] = useState(false);
  const onDone = (): boolean => {
    if (pending) setPending(false);
    return pending;
  };
  const onPending = (): boolean => {
    if (!pending) setPending(true);
    return !pending;
  };
  return createElement(
    Fragment,
    null,
    host("suspense", { onDone, onPending }, createElement(Branch, { index: 0 }, toSlots(children))),
    pending ? host("fallback", null, fallback) : null,
  );
}
