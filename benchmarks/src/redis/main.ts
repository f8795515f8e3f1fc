/**
 * `npm run bench:redis [names] [--size=number]`: what Alder costs on Redis, beside the bare operation or a peer, in one run.
 * Starts a redis-server of its own. The worker, the API, the readers and the starter are processes of their own, so that
 * none pays for another.
 */
import { startRedis } from "../../../packages/core/test/store/redis/redis-server.ts";
import { benchDurableStep } from "./durable-step.ts";
import { benchFirstStep } from "./first-step.ts";
import { benchRedisLimits } from "./limits.ts";
import { benchOneStepRuns } from "./one-step-runs.ts";
import { benchReaders } from "./readers.ts";
import { benchServerMemory } from "./server-memory.ts";
import { parseSizes, type Sizes } from "./sizes.ts";
import { benchStreaming } from "./streaming.ts";

const BENCHMARKS: Readonly<Record<string, (url: string, sizes: Sizes) => Promise<void>>> = {
  step: benchDurableStep,
  runs: benchOneStepRuns,
  stream: benchStreaming,
  readers: benchReaders,
  first: benchFirstStep,
  memory: benchServerMemory,
  limits: benchRedisLimits,
};

// Ended by a person, it ends its server and its processes all the same.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const { names, sizes } = parseSizes(process.argv.slice(2), Object.keys(BENCHMARKS));
for (const name of names) {
  // A server of its own for each, so that none pays for the keys of another.
  const redis = await startRedis({ appendonly: "everysec" });
  try {
    await BENCHMARKS[name]!(redis.url, sizes);
  } finally {
    await redis.stop();
  }
}
