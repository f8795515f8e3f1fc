import { Component, createElement, type ReactNode } from "react";
import type { ErrorData } from "../errors/alder-error.ts";
import { toErrorData } from "../errors/error-data.ts";
import { Branch } from "./branch.ts";
import { toSlots } from "./slots.ts";
import { toTree } from "./tree.ts";

export interface CatchProps {
  readonly fallback: ReactNode | ((error: ErrorData) => ReactNode);
  readonly children?: ReactNode;
}

interface CatchState {
  readonly failed: { readonly error: unknown } | null;
}

/** The nearest boundary of a failure below it. The fallback gets the error as data, so that it can be a prop. */
export class Catch extends Component<CatchProps, CatchState> {
  override state: CatchState = { failed: null };

  static getDerivedStateFromError(error: unknown): CatchState {
    return { failed: { error } };
  }

  override render(): ReactNode {
    const { failed } = this.state;
    if (failed === null) return createElement(Branch, { key: "try", index: 0 }, toSlots(this.props.children));
    const fallback = createElement(Fallback, { fallback: this.props.fallback, error: failed.error });
    return createElement(Branch, { key: "catch", index: 1 }, fallback);
  }
}

function Fallback({ fallback, error }: { fallback: CatchProps["fallback"]; error: unknown }): ReactNode {
  return toTree(typeof fallback === "function" ? fallback(toErrorData(error)) : (fallback ?? null));
}
