import { createElement, type ReactElement, type ReactNode } from "react";
import type { HostProps, HostType } from "../reconciler/host-node.ts";

/** An element of the host tree. */
export function host(
  type: HostType,
  props: (HostProps & { readonly key?: string }) | null,
  ...children: ReactNode[]
): ReactElement {
  return createElement(type, props, ...children);
}
