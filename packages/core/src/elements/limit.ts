import { createElement, useMemo, useState, type ReactNode } from "react";
import { toLimit } from "../authoring/check-limit.ts";
import { type Limit as CheckedLimit, type LimitPolicy, mergeLimits } from "../authoring/limit.ts";
import { Branch } from "./branch.ts";
import { PlaceContext, usePlace } from "./place.ts";
import { toSlots } from "./slots.ts";

interface LimitProps extends Omit<LimitPolicy, "key"> {
  /** Here the key is the limit's, and no part of what identifies the steps inside. */
  readonly $key?: string;
  readonly children?: ReactNode;
}

/** A limit for the steps below: they find it in their place. */
export function Limit({ children, $key, ...policy }: LimitProps): ReactNode {
  const place = usePlace("Limit");
  const limit = useLimit({ ...policy, key: $key as string });
  const inner = useMemo(() => ({ ...place, limits: mergeLimits(place.limits, [limit]) }), [place, limit]);
  const branch = createElement(Branch, { index: 0 }, toSlots(children));
  return createElement(PlaceContext.Provider, { value: inner }, branch);
}

/** What is given anew in every render is mostly what it was. */
function useLimit(policy: LimitPolicy): CheckedLimit {
  const given = JSON.stringify(policy);
  const [last] = useState((): { given: string; limit: CheckedLimit | null } => ({ given: "", limit: null }));
  if (last.limit !== null && last.given === given) return last.limit;
  const limit = toLimit(policy, "<Limit>");
  Object.assign(last, { given, limit });
  return limit;
}
