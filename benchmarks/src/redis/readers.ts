/** What an API process needs for many readers: connections to Redis, processor time, memory. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Heard } from "./processes/readers.ts";
import type { Usage } from "./processes/usage.ts";
import { quantile } from "./quantile.ts";
import { serverUsage } from "./server-usage.ts";
import type { Sizes } from "./sizes.ts";
import { openScene } from "./streaming-runs.ts";

export async function benchReaders(url: string, sizes: Sizes): Promise<void> {
  const { readRuns, readers, seconds, everyMs } = sizes;
  const redis = new Redis(url);
  const scene = await openScene({ url, runs: readRuns, ticks: { count: 1_000_000, everyMs } });
  const { api } = scene;
  // The first reader opens what all of them share.
  await scene.readers.ask("follow", scene.urls.slice(0, 1));
  await pause(2 * everyMs);
  const few = { ...(await api.ask<Usage>("usage")), ...(await connectionsOf(redis)) };
  const urls = Array.from({ length: readers - 1 }, (_, index) => scene.urls[index % readRuns]!);
  for (let from = 0; from < urls.length; from += 100) {
    await scene.readers.ask("follow", urls.slice(from, from + 100));
  }
  await pause(2 * everyMs);
  await scene.readers.ask("heard");
  const before = await api.ask<Usage>("usage");
  await pause(seconds * 1000);
  const after = await api.ask<Usage>("usage");
  const { pieces, lateMs } = await scene.readers.ask<Heard>("heard");
  const many = await connectionsOf(redis);
  await scene.stop();
  redis.disconnect();

  const perReader = (kind: "heap" | "resident"): string =>
    `${((after[kind] - few[kind]) / readers / 1024).toFixed(1)} KB`;
  const busy = (after.processorMs - before.processorMs) / (seconds * 10);
  console.log(
    `readers: ${readers} readers of ${readRuns} runs in one API process, a piece every ${everyMs} ms each:`,
  );
  console.log(
    `  connections to Redis of all processes: ${few.connections} with 1 reader, ${many.connections} with all`,
  );
  console.log(`  memory per reader: ${perReader("heap")} of heap, ${perReader("resident")} resident`);
  console.log(
    `  ${(pieces / seconds).toFixed(0)} pieces sent per second: ${busy.toFixed(0)} % of a core, p50 ${quantile(lateMs, 0.5).toFixed(1)} ms, p99 ${quantile(lateMs, 0.99).toFixed(1)} ms`,
  );
}

async function connectionsOf(redis: Redis): Promise<{ readonly connections: number }> {
  // Without the one that asks.
  return { connections: (await serverUsage(redis)).connections - 1 };
}
