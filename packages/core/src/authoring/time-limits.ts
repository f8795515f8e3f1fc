/**
 * The timeouts of one attempt: for itself, for all attempts together, and for its silence.
 *
 * 1. The first that passes ends the attempt, and is told before the attempt's promise rejects.
 * 2. No attempt begins once the time of all attempts is over.
 * 3. Silence is looked at when it could have lasted long enough, not at every sign of life: those are many.
 */
import type { AlderError } from "../errors/alder-error.ts";
import type { Clock } from "../internal/clock.ts";
import { callAt } from "../internal/long-timeout.ts";
import { timeoutError, timeoutMs, type TimeoutKind, type TimeoutPolicy } from "./policy.ts";

export interface TimeLimits {
  /** When the time of all attempts is over; `Infinity` where there is no end. */
  readonly totalEndsAt: number;
  /** What an attempt fails with that would begin now, after that time; else null. */
  readonly expired: () => AlderError | null;
  /** The work's result, unless a timeout comes first. */
  within<T>(work: Promise<T>): Promise<T>;
  /** The attempt has given a sign of life. */
  readonly heard: () => void;
  readonly clear: () => void;
}

export interface TimeLimitsOptions {
  readonly name: string;
  readonly policy: TimeoutPolicy | undefined;
  /** When the first attempt started. */
  readonly startedAt: number;
  readonly clock: Clock;
  readonly onTimeout: (error: AlderError) => void;
}

export const UNLIMITED: TimeLimits = {
  totalEndsAt: Infinity,
  expired: () => null,
  within: (work) => work,
  heard() {},
  clear() {},
};

export function createTimeLimits(options: TimeLimitsOptions): TimeLimits {
  const { name, policy, startedAt, clock, onTimeout } = options;
  if (policy === undefined) return UNLIMITED;
  const totalMs = timeoutMs(policy, "total") ?? Infinity;
  const totalEndsAt = startedAt + totalMs;
  const timers = new Map<TimeoutKind, () => void>();
  let heardAt = clock.now();
  const clear = (): void => {
    for (const clearTimer of timers.values()) clearTimer();
    timers.clear();
  };
  const limit = (kind: TimeoutKind, from: number, reject: (error: AlderError) => void): void => {
    const limitMs = timeoutMs(policy, kind);
    if (limitMs === undefined) return;
    const ring = (): void => {
      if (kind === "idle" && heardAt + limitMs > clock.now()) return limit(kind, heardAt, reject);
      clear();
      const error = timeoutError(name, kind, limitMs);
      onTimeout(error);
      reject(error);
    };
    timers.set(kind, callAt(clock, from + limitMs, ring));
  };
  return {
    totalEndsAt,
    expired: () => (clock.now() < totalEndsAt ? null : timeoutError(name, "total", totalMs)),
    within: (work) =>
      new Promise((resolve, reject) => {
        const begunAt = clock.now();
        limit("attempt", begunAt, reject);
        limit("idle", begunAt, reject);
        limit("total", startedAt, reject);
        work.then(resolve, reject).finally(clear);
      }),
    heard() {
      heardAt = clock.now();
    },
    clear,
  };
}
