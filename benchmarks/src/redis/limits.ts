/** Limits on Redis. */
import { createRedisStore } from "@alder/core/redis";
import { benchLimits } from "../limit-cost.ts";
import type { Sizes } from "./sizes.ts";

export async function benchRedisLimits(url: string, { rounds, steps, waiting }: Sizes): Promise<void> {
  const store = createRedisStore({ url });
  try {
    await benchLimits("Redis", store, { rounds, permits: steps, waiting: [100, waiting] });
  } finally {
    await store.close();
  }
}
