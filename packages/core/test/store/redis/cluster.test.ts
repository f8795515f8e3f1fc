// A real cluster of three masters.
import { createRedisStore } from "@alder/core/redis";
import { createManualClock, describeStore, type StoreUnderTest } from "@alder/core/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCluster, type RedisCluster } from "./redis-cluster.ts";

let cluster: RedisCluster;
let opened = 0;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

describeStore("the store in a Redis Cluster", open, { describe, test });

async function open(): Promise<StoreUnderTest> {
  const clock = createManualClock();
  opened += 1;
  const options = { cluster: cluster.urls.slice(0, 1), prefix: `test-${opened}`, clock };
  return {
    store: createRedisStore(options),
    other: createRedisStore(options),
    advance: async (ms) => clock.advance(ms),
  };
}

test("partitions are on all masters, watched and claimed from each", async () => {
  const store = createRedisStore({ cluster: cluster.urls, prefix: "spread", partitions: 16 });
  const ids: string[] = [];
  for (let index = 0; index < 60; index++) {
    const idempotency = { key: `${index}`, fingerprint: "f" };
    const request = { workflow: "article", queue: "default", input: {}, idempotency };
    const result = await store.createRun(request);
    if (result.outcome === "created") ids.push(result.run.runId);
    expect((await store.createRun(request)).outcome).toBe("existing");
  }
  for (const url of cluster.urls) {
    const node = new Redis(url);
    expect((await node.keys("spread:{p*}:run:*")).length).toBeGreaterThan(3);
    node.disconnect();
  }
  const watched = ids.map((runId) => {
    const heard: (() => void)[] = [];
    const next = (): Promise<void> => new Promise((resolve) => heard.push(resolve));
    const first = next();
    const leave = store.watchRun(runId, () => heard.splice(0).forEach((resolve) => resolve()));
    return { runId, first, next, leave };
  });
  for (const { runId, first, next, leave } of watched) {
    await first;
    const told = next();
    await store.sendSignal(runId, { id: "1", name: "go", payload: null });
    await told;
    leave();
  }
  const request = { worker: "w", queues: ["default"], limit: 100, leaseMs: 60_000, idle: true };
  const { claims } = await store.claim(request);
  expect(claims.map(({ token }) => token.runId).toSorted()).toEqual(ids.toSorted());
  expect((await store.listRuns({ limit: 100 })).runs.map(({ runId }) => runId)).toEqual(ids.toReversed());
  await store.close();
});
