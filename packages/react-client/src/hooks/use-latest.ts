import { useInsertionEffect, useRef } from "react";

/** A reference to the newest value, for callbacks that must not be made anew with it. Not for rendering. */
export function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  // Before any other effect of the same commit, so that none of them sees an older one.
  useInsertionEffect(() => {
    ref.current = value;
  });
  return ref;
}
