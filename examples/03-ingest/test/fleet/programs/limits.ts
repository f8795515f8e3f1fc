// What the workers of these tests are told to keep to.
import type { LimitPolicy } from "@alder/core";

/** A provider that allows 60 calls in its minute, which is made short: four seconds. */
export const allowed = { count: 60, periodMs: 4_000 };

export const rated: LimitPolicy = { key: "rated", rate: "60/4s" };

export const slow = { key: "slow", concurrency: 6 } satisfies LimitPolicy;

/** The breaker opens at so many failures, for so long. */
export const failures = 5;
export const openMs = 1_000;
export const careful = {
  key: "careful",
  concurrency: 4,
  breaker: { failures, within: "10s", open: "1s" },
} satisfies LimitPolicy;
