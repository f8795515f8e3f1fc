/** How long it takes from a start to the first step of the run, on a worker that has nothing else to do. */
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import { startChild } from "./processes/child.ts";
import { monotonicMs } from "./processes/monotonic.ts";
import { quantile } from "./quantile.ts";
import type { Sizes } from "./sizes.ts";

export async function benchFirstStep(url: string, { starts }: Sizes): Promise<void> {
  const store = createRedisStore({ url });
  const client = createStoreClient(store);
  const worker = await startChild("worker.ts", { url, concurrency: 100 });
  const tookMs: number[] = [];
  for (let index = 0; index < starts; index++) {
    const { run } = await client.start("first", { askedAt: monotonicMs() });
    const { output } = await client.waitForEnd(run.runId);
    tookMs.push(output as number);
  }
  await worker.stop();
  await store.close();
  const [half, most] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)];
  console.log(`first: from a start to the first step, ${starts} runs one after the other:`);
  console.log(`  p50 ${half.toFixed(1)} ms   p99 ${most.toFixed(1)} ms`);
}
