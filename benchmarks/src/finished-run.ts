/**
 * Bytes a finished run takes in Redis: of hundreds of short runs, right before their end and after it, and where they are.
 * With the room Redis sets aside for a stream as it is by default, and with less.
 */
import { createRedisStore } from "@alder/core/redis";
import type { RecordInput, Store } from "@alder/core/store";
import { Redis } from "ioredis";
import { startRedis } from "../../packages/core/test/store/redis/redis-server.ts";

const RUNS = 500;
const STEP = "0123456789abcdef01234567";

export async function benchFinishedRun(): Promise<void> {
  console.log(`bytes in Redis of a run of so many steps, of ${RUNS}, before its end and after:`);
  for (const nodeBytes of [4096, 1024]) {
    for (const steps of [1, 3, 20]) {
      const { before, after, parts } = await measure(nodeBytes, steps);
      console.log(
        `  stream-node-max-bytes ${nodeBytes}  ${String(steps).padStart(2)} steps  ` +
          `before ${String(before).padStart(6)}  after ${String(after).padStart(6)}  (${parts})`,
      );
    }
  }
}

async function measure(nodeBytes: number, steps: number) {
  const server = await startRedis({ settings: ["--stream-node-max-bytes", `${nodeBytes}`] });
  const redis = new Redis(server.url);
  const store = createRedisStore({ url: server.url });
  try {
    await store.ping();
    const atFirst = await usedBytes(redis);
    const ends: (() => Promise<unknown>)[] = [];
    for (let index = 0; index < RUNS; index++) ends.push(await execute(store, steps));
    const before = await usedBytes(redis);
    for (const end of ends) await end();
    const after = await usedBytes(redis);
    const [last] = (await store.listRuns({ limit: 1 })).runs;
    const sizes = ["run", "events", "journal"].map(async (kind) => {
      const bytes = await redis.call("MEMORY", "USAGE", `alder:{p0}:${kind}:${last!.runId}`);
      return `${kind} ${Number(bytes ?? 0)}`;
    });
    const parts = (await Promise.all(sizes)).join(", ");
    return {
      before: Math.round((before - atFirst) / RUNS),
      after: Math.round((after - atFirst) / RUNS),
      parts,
    };
  } finally {
    redis.disconnect();
    await store.close();
    await server.stop();
  }
}

/** Everything but its end, as a worker writes it; gives what ends it. */
async function execute(store: Store, steps: number): Promise<() => Promise<unknown>> {
  await store.createRun({ workflow: "article", queue: "article", input: { topic: "alders" } });
  const request = {
    worker: "host-12345-abcdef12",
    queues: ["article"],
    limit: 1,
    leaseMs: 600_000,
    idle: true,
  };
  const [claim] = (await store.claim(request)).claims;
  const { token, tail } = claim!;
  const records = Array.from({ length: steps }, (): RecordInput[] => {
    const place = { name: "Draft", key: null, attempt: 1, parent: null, place: [0] };
    const entry = { t: "ok", id: STEP, value: "Alders grow beside streams." };
    return [
      { event: { type: "step.started", step: STEP, ...place } as unknown as RecordInput["event"] },
      { event: { type: "step.completed", step: STEP, output: "Alders grow beside streams." }, entry },
    ];
  }).flat();
  await store.append({ token, after: tail, records, progress: true });
  const end = { event: { type: "run.completed", output: "Alders grow beside streams." } } as const;
  return () =>
    store.finish({
      token,
      after: tail + records.length,
      records: [end],
      progress: false,
      status: "completed",
    });
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))![1]);
}
