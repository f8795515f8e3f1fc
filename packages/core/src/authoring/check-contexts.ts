import type { Context } from "react";
import { AlderError } from "../errors/alder-error.ts";

/** A React context, whatever its value. */
export interface AnyContext {
  readonly Provider: unknown;
  readonly Consumer: unknown;
  readonly displayName?: string | undefined;
}

const CONTEXT = Symbol.for("react.context");

/** `what` begins the error's message. Throws `bad_context`. */
export function checkContexts(
  contexts: readonly unknown[] | undefined,
  what: string,
): readonly Context<unknown>[] {
  for (const context of contexts ?? []) {
    const isContext =
      typeof context === "object" &&
      context !== null &&
      "$$typeof" in context &&
      context.$$typeof === CONTEXT;
    if (isContext) continue;
    throw new AlderError(
      "bad_context",
      `${what}: its contexts are what React's createContext() returned, in an array, and ${String(context)} is not`,
    );
  }
  return (contexts ?? []) as readonly Context<unknown>[];
}
