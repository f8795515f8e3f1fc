/** What a key allows: how many steps may execute at once and how often they may start, over all workers together. */
import type { Duration } from "../internal/duration.ts";
import type { Rate } from "../internal/rate.ts";
import type { LimitNumbers } from "../store/limits.ts";

export interface BreakerPolicy {
  /** After so many failures that say that the provider is ill (5xx, timeouts, lost connections, 429 without `Retry-After`) … */
  readonly failures: number;
  /** … in so long … */
  readonly within: Duration;
  /** … nothing is executed for so long: steps fail at once with `circuit_open`. Then one tries whether it is well again. */
  readonly open: Duration;
}

export interface LimitPolicy {
  /** What is limited, a provider or a model say. Steps with equal keys share the limit, on all workers of the store. */
  readonly key: string;
  /** How many steps execute at once. */
  readonly concurrency?: number;
  /** How many attempts start in any period of that length: `"500/1m"`. */
  readonly rate?: Rate;
  /** How many tokens are used in any period of that length, as `step.usage` tells: `"200000/1m"`. */
  readonly tokens?: Rate;
  /**
   * Of `rate`, how many may start at the same moment after a time in which fewer did; a fiftieth of its count unless given.
   * No period sees more than the count, so more at once is less later: the steady rate is smaller by as much.
   */
  readonly burst?: number;
  /** When a provider that fails is left alone. */
  readonly breaker?: BreakerPolicy;
}

/** A limit as it was checked. */
export interface Limit {
  readonly key: string;
  readonly numbers: LimitNumbers;
}

export const NO_LIMITS: readonly Limit[] = [];

/** All of both, each key once, in order of key: the order in which permits are taken, so that no two wait for each other. */
export function mergeLimits(some: readonly Limit[], more: readonly Limit[]): readonly Limit[] {
  if (some.length === 0) return more;
  if (more.length === 0) return some;
  const byKey = new Map([...some, ...more].map((limit) => [limit.key, limit]));
  return [...byKey.values()].toSorted((one, other) => (one.key < other.key ? -1 : 1));
}
