/**
 * Which numbers a key has.
 *
 * 1. Of two workers that say different ones, the one that began later is believed, at once and as long as it is there to be
 *    remembered: an old build that asks later changes nothing.
 * 2. What was used stays used, in the new numbers.
 */
import type { LimitRow } from "../../limit-tables.ts";
import type { AcquirePermits, AcquireResult, LimitNumbers, LimitRate } from "../../limits.ts";
import { repace, toPace, type Pace } from "./pace.ts";

/** The same text for the same numbers. */
export function toNumbersText({ concurrency, rate, tokens, burst, breaker }: LimitNumbers): string {
  return JSON.stringify({
    concurrency,
    rate: rate && toRate(rate),
    tokens: tokens && toRate(tokens),
    burst,
    breaker: breaker && {
      failures: breaker.failures,
      withinMs: breaker.withinMs,
      openMs: breaker.openMs,
    },
  });
}

export function define(
  limit: LimitRow,
  { limit: said, definedAt }: Pick<AcquirePermits, "limit" | "definedAt">,
  now: number,
): { readonly limit: LimitRow; readonly conflict?: NonNullable<AcquireResult["conflict"]> } {
  const text = toNumbersText(said);
  const { numbers: known } = limit;
  if (known !== null && toNumbersText(known) === text) {
    return { limit: definedAt > limit.definedAt ? { ...limit, definedAt } : limit };
  }
  if (known !== null && definedAt < limit.definedAt) {
    return { limit, conflict: { numbers: known, applies: true } };
  }
  const changed = change(limit, JSON.parse(text) as LimitNumbers, definedAt, now);
  return known === null
    ? { limit: changed }
    : { limit: changed, conflict: { numbers: known, applies: false } };
}

function change(limit: LimitRow, numbers: LimitNumbers, definedAt: number, now: number): LimitRow {
  const from = paces(limit.numbers);
  const to = paces(numbers);
  return {
    ...limit,
    numbers,
    definedAt,
    rateAt: repace(limit.rateAt, from.rate, to.rate, now),
    tokensAt: repace(limit.tokensAt, from.tokens, to.tokens, now),
    ...(numbers.breaker === undefined ? { failures: [], openUntil: null, probe: null } : {}),
  };
}

function paces(numbers: LimitNumbers | null): Partial<Record<"rate" | "tokens", Pace>> {
  return {
    ...(numbers?.rate && { rate: toPace(numbers.rate, numbers.burst) }),
    ...(numbers?.tokens && { tokens: toPace(numbers.tokens) }),
  };
}

function toRate({ count, periodMs }: LimitRate): LimitRate {
  return { count, periodMs };
}
