/**
 * Rates, by GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): one number says how far what was given has
 * used up what may be given.
 *
 * 1. Whatever begins at whole milliseconds, no period of the rate, its last millisecond included, sees more than the count:
 *    with b early ones, an interval of period / (count - b) and a tolerance of b intervals let through, within a time s, at
 *    most (s + b intervals) / interval + 1, which is below count + 1 as long as s is below the period.
 * 2. Where somebody always waits, at least 95 % of the count are given, though each comes a little late: what was lost by that
 *    is made good as long as it is not more than the tolerance.
 */
import type { LimitRate } from "../../limits.ts";

export interface Pace {
  /** From one to the next. */
  readonly intervalMs: number;
  /** How much earlier than evenly spread one may come. */
  readonly toleranceMs: number;
}

/** What may come early, as a share of the count. */
export const EARLY_SHARE = 0.02;
/** A period is taken for so much longer: requests take different times to the provider, who counts when they arrive. */
export const LONGER = 1.01;

export function toPace({ count, periodMs }: LimitRate, burst?: number): Pace {
  const early = burst === undefined ? count * EARLY_SHARE : Math.min(burst, count) - 1;
  const intervalMs = (periodMs * LONGER + 1) / (count - early);
  return { intervalMs, toleranceMs: early * intervalMs };
}

/** When there is room for so much; one that costs more than may come early waits until all was made good. */
export function readyAt(usedUntil: number, cost: number, { intervalMs, toleranceMs }: Pace): number {
  return usedUntil - Math.max(0, toleranceMs - (cost - 1) * intervalMs);
}

export function charge(usedUntil: number, cost: number, { intervalMs }: Pace, now: number): number {
  return Math.max(usedUntil, now) + cost * intervalMs;
}

/** A rate is never used up further than this: else the clock was put back. */
export function atMost(usedUntil: number, { intervalMs, toleranceMs }: Pace, now: number): number {
  return Math.min(usedUntil, now + toleranceMs + intervalMs);
}

/** The same use under other numbers. */
export function repace(usedUntil: number, from: Pace | undefined, to: Pace | undefined, now: number): number {
  if (from === undefined || to === undefined || usedUntil <= now) return 0;
  return now + ((usedUntil - now) / from.intervalMs) * to.intervalMs;
}
