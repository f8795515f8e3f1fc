// Runs over several partitions: what holds within one holds over all, and their number can grow.
import { createRedisStore } from "@alder/core/redis";
import type { Claim, Store } from "@alder/core/store";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { KEPT_TIMINGS } from "../../../src/store/store.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let prefix: string;
let opened = 0;
let stores: Store[];
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(() => {
  prefix = `partitions-${++opened}`;
  stores = [];
});
afterEach(() => Promise.all(stores.map((store) => store.close())));

function open(partitions: number): Store {
  const store = createRedisStore({ url: server.url, prefix, partitions });
  stores.push(store);
  return store;
}

const request = { workflow: "article", queue: "default", input: {} };
const claimRequest = { worker: "w", queues: ["default"], limit: 100, leaseMs: 60_000, idle: true };

async function create(store: Store, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const result = await store.createRun(request);
    if (result.outcome === "created") ids.push(result.run.runId);
  }
  return ids;
}

const partitionsOf = (ids: readonly string[]): number => new Set(ids.map((id) => id.split(".")[0])).size;

test("runs are spread, claimed from all, and each given once", async () => {
  const [store, other] = [open(8), open(8)];
  const ids = await create(store, 60);
  expect(partitionsOf(ids)).toBeGreaterThan(5);
  const given: Claim[] = [];
  while (given.length < ids.length) {
    const both = await Promise.all([
      store.claim({ ...claimRequest, limit: 7 }),
      other.claim({ ...claimRequest, worker: "v", limit: 7 }),
    ]);
    for (const { claims } of both) {
      expect(claims.length).toBeLessThanOrEqual(7);
      given.push(...claims);
    }
  }
  expect(given.map(({ token }) => token.runId).toSorted()).toEqual(ids.toSorted());
  const tokens = given.map(({ token }) => token);
  const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };
  const { held, lost } = await store.heartbeat({ worker, tokens, leaseMs: 60_000 });
  expect([held.length, lost.length]).toEqual([60, 0]);
  const buried = [await store.buryWorker("w"), await store.buryWorker("v")];
  expect(buried.reduce((sum, { expired }) => sum + expired, 0)).toBe(60);
});

test("a list is in order over all of them, in pages that show each run once", async () => {
  const store = open(4);
  const ids = await create(store, 30);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.listRuns({ limit: 4, ...(cursor === null ? {} : { cursor }) });
    seen.push(...page.runs.map(({ runId }) => runId));
    cursor = page.cursor;
  } while (cursor !== null);
  expect(seen).toEqual(ids.toReversed());
});

test("a run that must be executed alone is all that a claim gives, wherever it is", async () => {
  const store = open(4);
  await create(store, 1);
  for (let times = 0; times < 2; times++) {
    expect((await store.claim({ ...claimRequest, worker: "dies" })).claims).toHaveLength(1);
    await store.buryWorker("dies");
  }
  await create(store, 20);
  const busy = await store.claim({ ...claimRequest, limit: 1, idle: false });
  expect([busy.claims[0]?.alone, busy.alone]).toEqual([false, 1]);
  // Once it is idle, it is asked for first, wherever it is.
  const { claims } = await store.claim({ ...claimRequest, limit: 1 });
  expect([claims[0]?.alone, claims[0]?.recoveries]).toEqual([true, 2]);
});

test("more can be added while others are at work, and a key still leads to its run", async () => {
  const before = open(1);
  const idempotency = { key: "k", fingerprint: "f" };
  const first = await before.createRun({ ...request, idempotency });
  const after = open(16);
  const ids = await create(after, 20);
  expect(partitionsOf(ids)).toBeGreaterThan(4);
  expect((await after.createRun({ ...request, idempotency })).outcome).toBe("existing");
  // Whoever has opened it before learns of them the next time it looks after timers.
  await before.reap();
  const { claims } = await before.claim(claimRequest);
  const expected = [...ids, first.outcome === "created" ? first.run.runId : ""];
  expect(claims.map(({ token }) => token.runId).toSorted()).toEqual(expected.toSorted());
  // One that asks for fewer changes nothing.
  const fewer = open(2);
  expect((await fewer.listRuns({ limit: 100 })).runs).toHaveLength(21);
});

test("whoever watches the queues hears of all of them, also of those that were added since", async () => {
  const watcher = open(1);
  let onChange = (): void => {};
  watcher.watchQueues(() => onChange());
  const told = (): Promise<void> => new Promise((resolve) => (onChange = resolve));
  await told();
  const store = open(6);
  const grown = told();
  await store.ping();
  await watcher.reap();
  await grown;
  for (let index = 0; index < 20; index++) {
    const next = told();
    await create(store, 1);
    await next;
  }
  expect(
    partitionsOf((await watcher.listRuns({ limit: 20 })).runs.map(({ runId }) => runId)),
  ).toBeGreaterThan(2);
});

test("timings of runs in all partitions are read as one list, the newest", async () => {
  const store = open(8);
  const ids = await create(store, 30);
  expect(partitionsOf(ids)).toBeGreaterThan(3);
  const { claims } = await store.claim(claimRequest);
  for (const [index, { token, tail }] of claims.entries()) {
    const records = [{ event: { type: "run.completed" as const, output: null } }];
    const end = { token, after: tail, records, progress: false, status: "completed" as const };
    await store.finish({ ...end, timings: index });
  }
  const kept = (await store.readTimings("article")) as readonly number[];
  expect(kept).toHaveLength(KEPT_TIMINGS);
  // Those of one millisecond may come in any order.
  expect(new Set(kept).size).toBe(KEPT_TIMINGS);
  expect(kept).toContain(claims.length - 1);
});
