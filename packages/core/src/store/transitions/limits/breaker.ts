/**
 * The circuit of a key.
 *
 * 1. Closed: failures are counted; so many within the time open it.
 * 2. Open: nothing is let through until the time is over.
 * 3. Half open: one permit is the probe. If it comes to good the circuit is closed, if it fails it is open again; if nobody
 *    knows, or its worker dies, the next may try.
 * 4. While it is not closed, only the probe decides: what began before it opened says nothing new.
 */
import type { LimitRow } from "../../limit-tables.ts";
import type { LimitState } from "../../limits.ts";

export function circuitOf({ numbers, openUntil }: LimitRow, now: number): LimitState["breaker"] {
  if (numbers?.breaker === undefined || openUntil === null) return "closed";
  return now < openUntil ? "open" : "half_open";
}

/** True where somebody tries, or nobody may yet: whoever is not the probe is turned away. */
export function turnsAway(limit: LimitRow, id: string, now: number): boolean {
  const circuit = circuitOf(limit, now);
  return circuit === "open" || (circuit === "half_open" && limit.probe !== null && limit.probe !== id);
}

/** When it is worth asking again for one that was turned away. */
export function closesAt(limit: LimitRow, probeUntil: number | undefined, now: number): number {
  return Math.max(limit.openUntil ?? now, probeUntil ?? now);
}

/** What a permit came to. */
export function judge(limit: LimitRow, id: string, outcome: "ok" | "failed" | "none", now: number): LimitRow {
  const breaker = limit.numbers?.breaker;
  if (breaker === undefined) return limit.probe === id ? { ...limit, probe: null } : limit;
  const open = { ...limit, failures: [], openUntil: now + breaker.openMs, probe: null };
  if (limit.openUntil !== null) {
    if (limit.probe !== id) return limit;
    if (outcome === "failed") return open;
    return { ...limit, probe: null, openUntil: outcome === "ok" ? null : limit.openUntil };
  }
  if (outcome !== "failed") return limit;
  const failures = [...limit.failures, now].filter((at) => at > now - breaker.withinMs);
  return failures.length >= breaker.failures ? open : { ...limit, failures };
}
