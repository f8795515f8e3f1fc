// Thousands of runs: what waits for one another, and what must not.
import { createRedisStore } from "@alder/core/redis";
import type { Claim, Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let store: Store;
beforeEach(async () => {
  server = await startRedis();
  store = createRedisStore({ url: server.url });
});
afterEach(async () => {
  await store.close();
  await server.stop();
});

const claimRequest = { worker: "w", limit: 500, leaseMs: 600_000, idle: true };

async function create(queue: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 500) {
    const made = Array.from({ length: Math.min(left, 500) }, () =>
      store.createRun({ workflow: "article", queue, input: {} }),
    );
    await Promise.all(made);
  }
}

async function claimAll(queue: string): Promise<readonly Claim[]> {
  const all: Claim[] = [];
  for (;;) {
    const { claims } = await store.claim({ ...claimRequest, queues: [queue] });
    if (claims.length === 0) return all;
    all.push(...claims);
  }
}

test("5,000 timers that come due while nobody looks all fire at the next look, once each", async () => {
  await create("default", 5_000);
  const wakeAt = (await store.now()) + 1;
  for (const { token, tail } of await claimAll("default")) {
    await store.park({ token, after: tail, records: [], progress: false, wakeAt, signalsSeen: 0 });
  }
  const other = createRedisStore({ url: server.url });
  const looks = await Promise.all([store.reap(), other.reap()]);
  expect(looks.reduce((sum, { due }) => sum + due, 0)).toBe(5_000);
  const claims = await claimAll("default");
  expect(new Set(claims.map(({ token }) => token.runId)).size).toBe(5_000);
  expect(claims).toHaveLength(5_000);
  expect(await store.reap()).toEqual({ expired: 0, due: 0 });
  await other.close();
});

test("10,000 runs on one queue do not keep a run on another waiting", async () => {
  await create("long", 10_000);
  await store.claim({ ...claimRequest, queues: ["long", "short"], limit: 10 });
  await create("short", 1);
  const { claims } = await store.claim({ ...claimRequest, queues: ["long", "short"], limit: 2 });
  const queues = await Promise.all(
    claims.map(async ({ token }) => (await store.readRun(token.runId))?.queue),
  );
  expect(queues).toContain("short");
});
