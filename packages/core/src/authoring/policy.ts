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
  /** Longest delay; `"1m"`, or `initial` if that is longer, unless given. A provider's `Retry-After` may be longer. */
  readonly max?: Duration;
  /**
   * The part of each delay that is left to chance, from 0 (`false`) to 1 (`true`), so that steps that failed together
   * do not come back together; 0.2 unless given.
   */
  readonly jitter?: boolean | number;
}

export interface TimeoutPolicy {
  /** Longest time for one attempt. One that takes longer fails with `timeout`, and may be retried. */
  readonly attempt?: Duration;
  /** Longest time for all attempts and the delays between them, from the first start on. No attempt begins after it. */
  readonly total?: Duration;
  /** Longest silence of an attempt: no yield, no text, no status, progress, object, log line or usage. May be retried. */
  readonly idle?: Duration;
}

export type TimeoutKind = keyof TimeoutPolicy;

/** Milliseconds; undefined for none. */
export function timeoutMs(policy: TimeoutPolicy | undefined, kind: TimeoutKind): number | undefined {
  const duration = policy?.[kind];
  return duration === undefined ? undefined : parseDuration(duration, `timeout, field "${kind}"`);
}

const TOOK: Readonly<Record<TimeoutKind, string>> = {
  attempt: "an attempt took longer than its timeout of",
  total: "its attempts took longer altogether than their timeout of",
  idle: "an attempt was silent for longer than its idle timeout of",
};

/** What an attempt fails with that took too long. */
export function timeoutError(name: string, kind: TimeoutKind, limitMs: number): AlderError {
  return new AlderError(
    "timeout",
    `${name}: ${TOOK[kind]} ${limitMs} ms and was aborted. Give it more time with .timeout(), or let the work stop at step.signal.`,
    { details: { kind, timeoutMs: limitMs } },
  );
}
