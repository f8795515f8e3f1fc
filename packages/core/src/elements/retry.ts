import { Component, createContext, createElement, use, type ReactNode } from "react";
import { AlderError } from "../errors/alder-error.ts";
import { Branch } from "./branch.ts";
import { host } from "./host.ts";
import { usePlace, type RenderScope } from "./place.ts";
import { toSlots } from "./slots.ts";

interface RetryProps {
  readonly attempts?: number;
  readonly children?: ReactNode;
}

/** Which attempt of the boundaries around this is: what has a clock of its own begins it anew. */
export const AttemptContext = createContext("");

/**
 * A new attempt follows from the failure that is applied, and needs no record of its own (E2). The failed step, what
 * failed below it and what failed because of it are forgotten; finished siblings stay, those in flight go on (E7).
 */
export function Retry({ attempts = 2, children }: RetryProps): ReactNode {
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw new AlderError(
      "bad_policy",
      `<Retry attempts>: ${String(attempts)} is not a number of tries: give a whole number, the first try included, from 1`,
    );
  }
  const { scope } = usePlace("Retry");
  const around = use(AttemptContext);
  return createElement(Boundary, { scope, attempts, around }, children);
}

interface BoundaryProps extends RetryProps {
  readonly scope: RenderScope;
  readonly attempts: number;
  readonly around: string;
}

interface BoundaryState {
  readonly failed: { readonly error: unknown } | null;
  readonly gaveUp: boolean;
  readonly attempt: number;
}

class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { failed: null, gaveUp: false, attempt: 1 };

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { failed: { error } };
  }

  override componentDidCatch(error: unknown): void {
    const { attempt } = this.state;
    const { attempts, scope } = this.props;
    if (attempt < attempts && scope.clearFailure(error))
      this.setState({ failed: null, attempt: attempt + 1 });
    else this.setState({ gaveUp: true });
  }

  override render(): ReactNode {
    const { failed, gaveUp, attempt } = this.state;
    if (failed !== null && gaveUp) throw failed.error;
    // Shown for the moment in which the failed attempt is unmounted.
    if (failed !== null) return host("pending", { label: "Retry" });
    const children = createElement(Branch, { key: attempt, index: attempt }, toSlots(this.props.children));
    const { around } = this.props;
    return createElement(AttemptContext.Provider, { value: `${around}${attempt}/` }, children);
  }
}
