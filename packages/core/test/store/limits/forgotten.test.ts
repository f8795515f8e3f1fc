// Limits that nobody uses leave nothing behind.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedisStore } from "@alder/core/redis";
import { createSqliteStore } from "@alder/core/sqlite";
import type { AcquirePermits } from "@alder/core/store";
import { createManualClock } from "@alder/core/testing";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedis } from "../redis/redis-server.ts";

const HOUR_MS = 3_600_000;
const request: AcquirePermits = {
  key: "llm",
  limit: { concurrency: 1, rate: { count: 1_000, periodMs: 60_000 } },
  definedAt: 1,
  worker: "w",
  leaseMs: 1_000,
  heard: 0,
  wanted: ["1", "2", "^3"].map((id) => ({ id, tenant: `tenant ${id}`, slot: !id.startsWith("^") })),
};

test("in the embedded store a sweep frees what the dead had, and gives it to others", async () => {
  const folder = await mkdtemp(join(tmpdir(), "alder-limits-"));
  const clock = createManualClock();
  const store = createSqliteStore({ path: join(folder, "alder.db"), clock });
  try {
    await store.acquirePermits(request);
    await store.acquirePermits({
      ...request,
      worker: "v",
      leaseMs: 10 * HOUR_MS,
      wanted: [{ id: "4", tenant: "", slot: true }],
    });
    const told = new Promise<void>((resolve) => store.watchLimit("llm", "v", resolve));
    clock.advance(1_000);
    await store.reap();
    await told;
    expect((await store.readLimit("llm"))?.held.map(({ id }) => id)).toEqual(["4"]);
    await store.releasePermits({ key: "llm", worker: "v", given: [{ id: "4", outcome: "ok" }] });
    clock.advance(2 * HOUR_MS);
    await store.reap();
    expect(await store.readLimit("llm")).toBeUndefined();
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
});

test("in Redis every key of a limit expires by itself, as late as anything in it", async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const store = createRedisStore({ url: server.url });
  try {
    const names = async (): Promise<readonly string[]> => (await redis.keys("alder:{limit:llm}*")).toSorted();
    const shortest = async (): Promise<number> =>
      Math.min(...(await Promise.all((await names()).map((name) => redis.pttl(name)))));
    await store.acquirePermits(request);
    expect(await names()).toEqual(
      ["held", "leases", "limit", "line:1", "permits", "ring:1"].map((name) => `alder:{limit:llm}:${name}`),
    );
    expect(await shortest()).toBeGreaterThan(HOUR_MS);
    // A parked run keeps its place for longer than the limit itself would be kept.
    const awayUntil = (await store.now()) + 5 * HOUR_MS;
    const held = [{ key: "llm", id: "2", awayUntil }];
    await store.renewPermits({ worker: "w", leaseMs: 1_000, held });
    expect(await shortest()).toBeGreaterThan(5 * HOUR_MS);
    await store.releasePermits({
      key: "llm",
      worker: "w",
      given: request.wanted.map(({ id }) => ({ id, outcome: "ok" })),
    });
    expect(await names()).toEqual(["alder:{limit:llm}:limit"]);
  } finally {
    await store.close();
    redis.disconnect();
    await server.stop();
  }
});

test("in Redis all limits a process watches come over the connection that it has for watching", async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const store = createRedisStore({ url: server.url });
  try {
    const waiting = ["a", "b", "c"].map(async (key) => {
      const [first, second] = ["1", "2"].map((id) => [{ id, tenant: "", slot: true }]);
      await store.acquirePermits({ ...request, key, wanted: first! });
      await store.acquirePermits({ ...request, key, wanted: second!, worker: "v" });
      const told = new Promise<void>((resolve) => store.watchLimit(key, "v", resolve));
      await store.releasePermits({ key, worker: "w", given: [{ id: "1", outcome: "ok" }] });
      await told;
    });
    await Promise.all(waiting);
    const clients = String(await redis.client("LIST"));
    expect(clients.split("\n").filter((line) => line.includes("name=alder"))).toHaveLength(2);
  } finally {
    await store.close();
    redis.disconnect();
    await server.stop();
  }
});
