import { host } from "./host.ts";
import type { ReactNode } from "react";
import { toJson } from "../internal/canonical-json.ts";
import { toSlots } from "./slots.ts";

/** States the value of its nearest container: a `Sequence`, a `Parallel` or the workflow. */
export function Output({
  value,
  children,
}: {
  readonly value?: unknown;
  readonly children?: ReactNode;
}): ReactNode {
  if (value === undefined) return host("output", null, toSlots(children));
  return host("output", null, host("value", { value: toJson(value, "<Output>") }));
}
