/**
 * Tokens of a rate: how many a call uses is known when it has ended, so as many are reserved as calls used on average, and the
 * difference is made good then.
 */
import type { LimitRow } from "../../limit-tables.ts";
import type { LimitRate } from "../../limits.ts";
import { charge, toPace } from "./pace.ts";

/** Weight of the newest in the average. */
export const NEWEST_WEIGHT = 0.2;
/** What the first calls are taken for, as a share of the count. */
export const UNKNOWN_SHARE = 0.01;

export function tokensToReserve({ averageTokens }: LimitRow, { count }: LimitRate): number {
  return Math.max(1, Math.ceil(averageTokens ?? count * UNKNOWN_SHARE));
}

/** What `used` says beyond, or below, what was reserved. */
export function settleTokens(limit: LimitRow, reserved: number, used: number, now: number): LimitRow {
  const rate = limit.numbers?.tokens;
  if (rate === undefined) return limit;
  const { intervalMs } = toPace(rate);
  const more = used - reserved;
  const tokensAt =
    more > 0
      ? charge(limit.tokensAt, more, { intervalMs, toleranceMs: 0 }, now)
      : limit.tokensAt + more * intervalMs;
  // One that was not used says nothing of the others.
  if (used === 0) return { ...limit, tokensAt };
  const { averageTokens } = limit;
  const average = averageTokens === null ? used : averageTokens + (used - averageTokens) * NEWEST_WEIGHT;
  return { ...limit, tokensAt, averageTokens: average };
}
