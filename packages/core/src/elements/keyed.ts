import { createElement, use, useMemo, type ReactNode } from "react";
import { addKey, PlaceContext } from "./place.ts";

/** Lends its key to the steps inside it. */
export function KeyedPlace({
  name,
  children,
}: {
  readonly name: string;
  readonly children?: ReactNode;
}): ReactNode {
  const place = use(PlaceContext);
  const inner = useMemo(() => (place ? { ...place, keys: addKey(place.keys, name) } : null), [place, name]);
  return createElement(PlaceContext.Provider, { value: inner }, children);
}
