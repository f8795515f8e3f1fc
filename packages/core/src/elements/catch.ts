import { Component, createElement, type ReactNode } from "react";
import type { ErrorData } from "../errors/alder-error.ts";
import { toErrorData } from "../errors/error-data.ts";
import { Branch } from "./branch.ts";
import { toSlots } from "./slots.ts";
import { toTreeOf } from "./tree.ts";

export interface CatchProps {
  readonly fallback: ReactNode | ((error: ErrorData) => ReactNode);
  readonly children?: ReactNode;
}

interface CatchState {
  /** Just caught, and not dealt with. */
  readonly caught: { readonly error: unknown } | null;
  readonly failed: { readonly error: unknown } | null;
  /** The fallback's own failure, which is for the next boundary: React would bring it back here. */
  readonly fallbackFailed: { readonly error: unknown } | null;
}

/** The nearest boundary of a failure below it. The fallback gets the error as data, so that it can be a prop. */
export class Catch extends Component<CatchProps, CatchState> {
  override state: CatchState = { caught: null, failed: null, fallbackFailed: null };

  static getDerivedStateFromError(error: unknown): Partial<CatchState> {
    return { caught: { error } };
  }

  static getDerivedStateFromProps(
    _props: CatchProps,
    { caught, failed }: CatchState,
  ): Partial<CatchState> | null {
    if (caught === null) return null;
    return failed === null ? { caught: null, failed: caught } : { caught: null, fallbackFailed: caught };
  }

  override render(): ReactNode {
    const { failed, fallbackFailed } = this.state;
    if (fallbackFailed !== null) throw fallbackFailed.error;
    if (failed === null) return createElement(Branch, { key: "try", index: 0 }, toSlots(this.props.children));
    const fallback = createElement(Fallback, { fallback: this.props.fallback, error: failed.error });
    return createElement(Branch, { key: "catch", index: 1 }, fallback);
  }
}

function Fallback({ fallback, error }: { fallback: CatchProps["fallback"]; error: unknown }): ReactNode {
  return toTreeOf(() => (typeof fallback === "function" ? fallback(toErrorData(error)) : (fallback ?? null)));
}
