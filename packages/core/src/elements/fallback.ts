import { Component, createElement, type ReactNode } from "react";
import { Branch, distinctSlots, slotKey } from "./branch.ts";

interface FallbackProps {
  readonly children?: ReactNode;
}

interface Failure {
  /** Of the child. */
  readonly key: string;
  readonly error: unknown;
}

interface FallbackState {
  /** Just caught, and not dealt with. */
  readonly caught: { readonly error: unknown } | null;
  /** The first first. */
  readonly failures: readonly Failure[];
  /** The child that is being tried; null when none is left. */
  readonly current: string | null;
}

/**
 * Tries its children in order: the first that does not fail is its value. Which have failed follows from the order in which
 * results are applied, and so is in no record (E2).
 */
export class Fallback extends Component<FallbackProps, FallbackState> {
  override state: FallbackState = { caught: null, failures: [], current: null };

  static getDerivedStateFromError(error: unknown): Partial<FallbackState> {
    return { caught: { error } };
  }

  static getDerivedStateFromProps({ children }: FallbackProps, state: FallbackState): Partial<FallbackState> {
    const { caught, current } = state;
    const failed = caught === null || current === null ? [] : [{ key: current, error: caught.error }];
    const failures = [...state.failures, ...failed];
    const keys = distinctSlots("Fallback", children).map(slotKey);
    const next = keys.find((key) => !failures.some((failure) => failure.key === key));
    return { caught: null, failures, current: next ?? null };
  }

  override render(): ReactNode {
    const { failures, current } = this.state;
    const slots = distinctSlots("Fallback", this.props.children);
    const index = slots.findIndex((slot, at) => slotKey(slot, at) === current);
    if (index >= 0) return createElement(Branch, { key: current, index }, slots[index]);
    if (failures.length > 0) throw lastOf(failures.map(({ error }) => error));
    return null;
  }
}

/**
 * The last error, with those before as its cause: a new attempt of what is around it clears them all (E7). It is not changed
 * itself, as others may have it, too.
 */
function lastOf(errors: readonly unknown[]): unknown {
  const last = errors.at(-1);
  if (errors.length < 2 || typeof last !== "object" || last === null) return last;
  const before = errors.slice(0, -1);
  const cause =
    before.length === 1 ? before[0] : new AggregateError(before, "what was tried before has failed");
  return Object.create(last, { cause: { value: cause } });
}
