/** What runs take in Redis, and how many scripts they cost: a run of one step, each further step, and a piece of text. */
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import type { CreateResult, Store } from "@alder/core/store";
import { Redis } from "ioredis";
import { startChild } from "./processes/child.ts";
import { serverUsage } from "./server-usage.ts";
import type { Sizes } from "./sizes.ts";

export async function benchServerMemory(url: string, { memoryRuns, steps }: Sizes): Promise<void> {
  const store = createRedisStore({ url });
  const client = createStoreClient(store);
  const redis = new Redis(url);
  const worker = await startChild("worker.ts", { url, concurrency: 10 });
  const toEnd = async (workflow: string, input: object): Promise<void> => {
    const { run } = await client.start(workflow, { ...input });
    await client.waitForEnd(run.runId);
  };
  await toEnd("once", { value: 0 });

  const before = await used(redis);
  for (let run = 0; run < memoryRuns; run++) await startIdle(store);
  const queued = await used(redis);
  for (let run = 0; run < memoryRuns; run++) await toEnd("once", { value: run });
  const ended = await used(redis);
  await toEnd("count", { steps });
  const counted = await used(redis);
  const [live, afterwards] = await textOf(store, redis, steps);
  await worker.stop();
  await store.close();
  redis.disconnect();

  const kilo = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
  console.log(`memory: in Redis, ${memoryRuns} runs of each kind, ${steps} steps and events:`);
  console.log(`  a queued run ${kilo((queued.bytes - before.bytes) / memoryRuns)}`);
  console.log(
    `  a run of one step, ended ${kilo((ended.bytes - queued.bytes) / memoryRuns)}, ${((ended.scripts - queued.scripts) / memoryRuns).toFixed(1)} scripts with one that waits for its end`,
  );
  console.log(
    `  each step of a long run, ended ${((counted.bytes - ended.bytes) / steps).toFixed(0)} bytes, ${((counted.scripts - ended.scripts) / steps).toFixed(2)} scripts`,
  );
  console.log(
    `  a piece of text of 20 characters ${live.toFixed(0)} bytes, once the run has ended ${afterwards.toFixed(0)}`,
  );
}

/** Bytes for each piece of text, of a run that goes on and of one that has ended. */
async function textOf(store: Store, redis: Redis, pieces: number): Promise<readonly [number, number]> {
  const before = await used(redis);
  const request = { worker: "bench", queues: ["idle"], limit: 1, leaseMs: 600_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  if (claim === undefined) throw new Error("nothing to claim");
  const { token } = claim;
  let after = claim.tail;
  const delta = "twenty characters!! ";
  for (let piece = 0; piece < pieces; piece++) {
    const event = { type: "chunk", step: "0123456789012345678901", attempt: 1, stream: "text" } as const;
    const records = [{ event: { ...event, offset: piece * delta.length, delta } }];
    await store.append({ token, after, records, progress: false });
    after += 1;
  }
  const live = await used(redis);
  const end = { event: { type: "run.completed", output: null } } as const;
  await store.finish({ token, after, records: [end], progress: true, status: "completed" });
  const ended = await used(redis);
  return [(live.bytes - before.bytes) / pieces, (ended.bytes - before.bytes) / pieces];
}

/** No worker takes from this queue. */
function startIdle(store: Store): Promise<CreateResult> {
  return store.createRun({ workflow: "idle", queue: "idle", input: { topic: "alders" } });
}

async function used(redis: Redis): Promise<{ readonly bytes: number; readonly scripts: number }> {
  const { bytes } = await serverUsage(redis);
  const stats = await redis.info("commandstats");
  return { bytes, scripts: Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1]) };
}
