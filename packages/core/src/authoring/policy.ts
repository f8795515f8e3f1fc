/** What a component does when an attempt fails or takes too long. */
import { AlderError } from "../errors/alder-error.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";

export interface RetryPolicy {
  /** How often it is tried altogether; 1 is no retry. */
  readonly attempts: number;
  /** How the delay grows from `initial`: not at all, by `initial` each time, or twofold (the default). */
  readonly backoff?: "constant" | "linear" | "exponential";
  /** Delay before the second attempt; `"1s"` unless given. */
  readonly initial?: Duration;
  /** Longest delay; `"1m"` unless given. A provider's `Retry-After` may be longer. */
  readonly max?: Duration;
  /**
   * The part of each delay that is left to chance, from 0 (`false`) to 1 (`true`), so that steps that failed together
   * do not come back together; 0.2 unless given.
   */
  readonly jitter?: boolean | number;
}

export interface TimeoutPolicy {
  /** Longest time for one attempt. One that takes longer fails with `timeout`, and may be retried. */
  readonly attempt: Duration;
}

/** Milliseconds; undefined for none. */
export function attemptTimeoutMs(policy: TimeoutPolicy | undefined): number | undefined {
  return policy === undefined ? undefined : parseDuration(policy.attempt, "timeout");
}

/** What an attempt fails with that took too long. */
export function timeoutError(name: string, timeoutMs: number): AlderError {
  return new AlderError(
    "timeout",
    `${name}: an attempt took longer than its timeout of ${timeoutMs} ms and was aborted. Give it more time with .timeout(), or let the work stop at step.signal.`,
    { details: { timeoutMs } },
  );
}
