// What a call log says of a rate.
import type { Call } from "../../../shared/model-server/call-log.ts";

/** The most calls that came in any period, wherever it begins. */
export function mostIn(calls: readonly Pick<Call, "at">[], periodMs: number): number {
  const times = calls.map(({ at }) => at).toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  for (const [last, at] of times.entries()) {
    while (at - times[first]! >= periodMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** From the first call to the last, how many a period there were on average. */
export function averageIn(calls: readonly Pick<Call, "at">[], periodMs: number): number {
  const times = calls.map(({ at }) => at);
  const spanMs = Math.max(...times) - Math.min(...times);
  return ((times.length - 1) / spanMs) * periodMs;
}

/** How many calls were answered at the same time at that moment. */
export function answeringAt(calls: readonly Pick<Call, "at" | "endedAt">[], at: number): number {
  return calls.filter((call) => call.at <= at && (call.endedAt === null || call.endedAt > at)).length;
}
