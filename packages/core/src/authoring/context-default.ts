import type { Context } from "react";

/** What a context has where no provider is. React keeps it where the primary renderer would look first. */
export function defaultOf<T>(context: Context<T>): T {
  const { _currentValue: value } = context as Context<T> & { readonly _currentValue: T };
  return value;
}
