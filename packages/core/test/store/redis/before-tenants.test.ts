// What a version before tenants has written, or does beside this one, is taken and hinders nobody.
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let redis: Redis;
let store: Store;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(() => {
  redis = new Redis(server.url);
  store = createRedisStore({ url: server.url });
});
afterEach(async () => {
  await store.close();
  await redis.flushall();
  redis.disconnect();
});

const create = async (tenant = ""): Promise<string> => {
  const result = await store.createRun({ workflow: "article", queue: "default", input: {}, tenant });
  if (result.outcome === "conflict") throw new Error("no key was given");
  return result.run.runId;
};
const claim = async (): Promise<readonly string[]> => {
  const request = { worker: "w", queues: ["default"], limit: 10, leaseMs: 60_000, idle: true };
  return (await store.claim(request)).claims.map(({ token }) => token.runId);
};

test("runs that stand in no line are given, and tenants have their turns beside them", async () => {
  const old = [await create(), await create()];
  // It knew no lines.
  await redis.del("alder:{p0}:line:default");
  const acme = await create("acme");
  expect(await claim()).toEqual([acme, ...old]);
  expect(await redis.exists("alder:{p0}:line:default", "alder:{p0}:ready:default")).toBe(0);
});

test("a line whose last run such a worker has taken is empty", async () => {
  const taken = await create();
  const acme = await create("acme");
  await redis.zrem("alder:{p0}:ready:default", taken);
  expect(await claim()).toEqual([acme]);
  expect(await redis.exists("alder:{p0}:line:default")).toBe(0);
});
