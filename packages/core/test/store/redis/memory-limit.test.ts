// At maxmemory: what runs can end, and what would need more is refused.
import { createRedisStore } from "@alder/core/redis";
import type { Claim, Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let redis: Redis;
let store: Store;
beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  store = createRedisStore({ url: server.url });
});
afterEach(async () => {
  redis.disconnect();
  await store.close();
  await server.stop();
});

const request = { workflow: "article", queue: "default", input: {} };
const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };
const full = { code: "store_full" };

test("heartbeats, ends, hand-overs, cancels, reaping and what is given back go on; starts, steps, signals and permits are refused whole", async () => {
  for (let index = 0; index < 6; index++) await store.createRun(request);
  const claimed = await store.claim({
    worker: "w",
    queues: ["default"],
    limit: 5,
    leaseMs: 60_000,
    idle: true,
  });
  const [a, b, c, d, e] = claimed.claims as [Claim, Claim, Claim, Claim, Claim];
  const after = ({ token, tail }: Claim) => ({ token, after: tail, records: [], progress: false });
  const limit = { concurrency: 1 };
  const wanted = ["1", "2", "3"].map((id) => ({ id, tenant: "", slot: true }));
  const acquire = { key: "llm", limit, definedAt: 1, worker: "w", leaseMs: 60_000, heard: 0, wanted };
  await store.acquirePermits(acquire);
  await redis.config("SET", "maxmemory", "1");

  await expect(store.createRun(request)).rejects.toMatchObject({
    ...full,
    message: expect.stringContaining("maxmemory"),
  });
  await expect(store.append(after(a))).rejects.toMatchObject(full);
  await expect(store.park({ ...after(a), wakeAt: null, signalsSeen: 0 })).rejects.toMatchObject(full);
  const signal = { id: "1", name: "go", payload: null };
  await expect(store.sendSignal(a.token.runId, signal)).rejects.toMatchObject(full);
  await expect(store.ping()).rejects.toMatchObject(full);

  await expect(store.acquirePermits(acquire)).rejects.toMatchObject(full);
  const held = ["1", "2", "3"].map((id) => ({ key: "llm", id }));
  expect(await store.renewPermits({ worker: "w", leaseMs: 60_000, held })).toEqual({ lost: [] });
  await store.pauseLimit("llm", 1);
  await store.releasePermits({ key: "llm", worker: "w", given: [{ id: "1", outcome: "ok" }] });
  expect((await store.readLimit("llm"))?.held.map(({ id }) => id)).toEqual(["2"]);

  const tokens = [a, b, c, d, e].map(({ token }) => token);
  expect((await store.heartbeat({ worker, tokens, leaseMs: 60_000 })).held).toHaveLength(5);
  const end = { event: { type: "run.completed", output: null } } as const;
  const finish = { ...after(a), records: [end], status: "completed" } as const;
  expect(await store.finish(finish)).toMatchObject({ outcome: "written" });
  expect(await store.release(after(b))).toMatchObject({ outcome: "written" });
  expect(await store.requestCancel(c.token.runId)).toBe("requested");
  expect(await store.requestCancel(b.token.runId)).toBe("cancelled");
  expect(await store.buryWorker("w")).toEqual({ expired: 3, due: 0 });
  expect(await store.reap()).toEqual({ expired: 0, due: 0 });
  expect((await store.listRuns({ limit: 10 })).runs).toHaveLength(6);
  // Which is how memory is gained.
  expect(await store.deleteEnded(0)).toBe(3);

  await redis.config("SET", "maxmemory", "0");
  expect((await store.createRun(request)).outcome).toBe("created");
});
