/**
 * When to try a component again after a failed attempt.
 *
 * 1. `attempts` counts every try that failed; recoveries are none.
 * 2. What the error says about trying again goes before the policy: first whether, then when.
 */
import { parseDuration } from "../internal/duration.ts";
import type { RetryPolicy } from "./policy.ts";
import { advised } from "./retry-advice.ts";

const DEFAULT_MAX_MS = 60_000;

/**
 * Milliseconds to wait before the next attempt, or that there is none.
 *
 * `failedAttempts` includes the one that failed with `error`; `random` gives numbers from 0 to below 1; `now` (ms since
 * the epoch) is what a date in a provider's `Retry-After` is compared with.
 */
export function nextDelay(
  policy: RetryPolicy | undefined,
  failedAttempts: number,
  error: unknown,
  random: () => number,
  now: number = Date.now(),
): number | "give_up" {
  if (policy === undefined || failedAttempts >= policy.attempts) return "give_up";
  const advice = adviceOf(error, now);
  return advice === "nothing" ? policyDelay(policy, failedAttempts, random) : advice;
}

function policyDelay(policy: RetryPolicy, failedAttempts: number, random: () => number): number {
  const { backoff = "exponential", initial = "1s", max, jitter = 0.2 } = policy;
  const initialMs = parseDuration(initial, "initial");
  const maxMs = max === undefined ? Math.max(initialMs, DEFAULT_MAX_MS) : parseDuration(max, "max");
  const longest = Math.min(grown(backoff, initialMs, failedAttempts), maxMs);
  return Math.round(longest * (1 - Number(jitter) * random()));
}

function grown(
  backoff: NonNullable<RetryPolicy["backoff"]>,
  initialMs: number,
  failedAttempts: number,
): number {
  if (backoff === "constant") return initialMs;
  // Nothing times Infinity, which 2 ** 1024 is, is no number.
  return initialMs * (backoff === "linear" ? failedAttempts : 2 ** Math.min(failedAttempts - 1, 1000));
}

/** An error that cannot be read, a proxy say, advises nothing. */
function adviceOf(error: unknown, now: number): ReturnType<typeof advised> {
  try {
    return advised(error, now);
  } catch {
    return "nothing";
  }
}
