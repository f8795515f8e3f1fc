// What Redis asks of scripts: one slot for all keys of a call, and to be sent again once they are forgotten.
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { START } from "@alder/core/protocol";
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
  store = createRedisStore({ url: server.url, partitions: 4 });
});
afterEach(async () => {
  await store.close();
  await redis.flushall();
  redis.disconnect();
});

/** Every method, and most ways through it. */
async function doEverything(): Promise<void> {
  const request = { workflow: "article", queue: "default", input: {} };
  for (const key of ["a", "b", "c", "d", "e", "f", "a"]) {
    await store.createRun({ ...request, idempotency: { key, fingerprint: "f" } });
    await store.createRun(request);
  }
  const claimRequest = { worker: "w", queues: ["default", "other"], limit: 10, leaseMs: 1, idle: true };
  const { claims } = await store.claim({ ...claimRequest, leaseMs: 60_000 });
  expect(claims).toHaveLength(10);
  const info = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };
  const tokens = claims.map(({ token }) => token);
  await store.heartbeat({ worker: info, tokens, leaseMs: 60_000 });
  const [a, b, c, d, e] = claims.map(({ token, tail }) => ({ token, after: tail, progress: true }));
  const say = { event: { type: "status", message: "x", step: null }, entry: { t: "x" } } as const;
  const stop = { event: { type: "run.blocked", message: "no", divergence: null, error: null } } as const;
  const end = { event: { type: "run.completed", output: null } } as const;
  await store.append({ ...a!, records: [say] });
  await store.append({ ...a!, records: [say] });
  await store.park({ ...b!, records: [say], wakeAt: 1, signalsSeen: 0 });
  await store.block({ ...c!, records: [stop] });
  await store.release({ ...d!, records: [say] });
  await store.finish({ ...e!, records: [end], status: "completed" });
  await store.sendSignal(a!.token.runId, { id: "1", name: "go", payload: null });
  await store.readSignals(a!.token.runId, 0);
  await store.requestCancel(a!.token.runId);
  await store.requestCancel(d!.token.runId);
  await store.retryRun(d!.token.runId);
  await store.acceptRun(c!.token.runId);
  await store.unblockRuns(["default"]);
  await store.reap();
  await store.claim(claimRequest);
  await store.buryWorker("w");
  await store.claim(claimRequest);
  await store.readRun(a!.token.runId);
  await store.readEvents(a!.token.runId, START, 10);
  for (const filter of [{}, { workflow: "article" }, { status: "completed" as const }]) {
    await store.listRuns({ ...filter, limit: 3 });
  }
  for (const key of ["k1", "k2", "k3"]) {
    const address = { key, component: "Draft", tenant: "acme", holder: "h" };
    const need = { ...address, worker: "w", leaseMs: 60_000 };
    await store.readOrLead(need);
    await store.readOrLead({ ...need, holder: "other" });
    await store.renewLeads({ worker: "w", leaseMs: 60_000, leads: [address] });
    await store.giveUpLeads("w", [address]);
    await store.readOrLead(need);
    await store.fillCache({ ...address, value: 1, ttlMs: 1 });
    await store.readOrLead({ ...need, takeOver: true });
  }
  await store.clearCache({ component: "Draft" });
  await store.clearCache({ tenant: "acme" });
  await store.publishManifests([]);
  await store.listManifests();
  await store.listWorkers();
  await store.forgetWorker("w");
  await store.deleteEnded(0);
  await doWithLimits();
}

async function doWithLimits(): Promise<void> {
  const limit = { concurrency: 1, rate: { count: 100, periodMs: 1_000 } };
  for (const key of ["llm", "a:b", "{x}", "x}y", ""]) {
    const request = { key, limit, definedAt: 1, worker: "w", leaseMs: 60_000, heard: 0 };
    const wanted = ["1", "2", "3"].map((id) => ({ id, tenant: "t", slot: id !== "3" }));
    await store.acquirePermits({ ...request, wanted });
    await store.acquirePermits({ ...request, worker: "v", wanted: [{ id: "2", tenant: "t", slot: true }] });
    await store.renewPermits({ worker: "w", leaseMs: 60_000, held: [{ key, id: "1" }] });
    expect((await store.readLimit(key))?.slots).toBe(1);
    await store.pauseLimit(key, 1);
    await store.releasePermits({ key, worker: "w", given: [{ id: "1", outcome: "ok" }] });
  }
}

test("all keys and channels that a call touches are in one slot", async () => {
  const monitor = await redis.monitor();
  const calls: string[][] = [];
  const seen = new Promise<void>((resolve) => {
    monitor.on("monitor", (_time: string, given: readonly string[], source: string) => {
      // A script's own commands follow it, and say that they come from Lua.
      if (source === "lua") calls.at(-1)!.push(...namesIn(given));
      else calls.push([...namesIn(given)]);
      if (given[0] === "echo") resolve();
    });
  });
  await doEverything();
  await redis.echo("end");
  await seen;
  monitor.disconnect();
  const touching = calls.filter((names) => names.length > 1);
  expect(touching.length).toBeGreaterThan(40);
  const slots = await slotsOf(touching.flat());
  for (const names of touching)
    expect([names, new Set(names.map((name) => slots.get(name))).size]).toEqual([names, 1]);
  // And many slots were used, or it would show nothing.
  expect(new Set(slots.values()).size).toBeGreaterThan(6);
});

test("a heartbeat renews more leases than Lua passes on at once", async () => {
  const count = 1_201;
  const single = createRedisStore({ url: server.url, prefix: "many" });
  const request = { workflow: "article", queue: "default", input: {} };
  await Promise.all(Array.from({ length: count }, () => single.createRun(request)));
  const claimRequest = { worker: "w", queues: ["default"], limit: count, leaseMs: 60_000, idle: true };
  const { claims } = await single.claim(claimRequest);
  const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: count };
  const tokens = claims.map(({ token }) => token);
  const { held } = await single.heartbeat({ worker, tokens, leaseMs: 600_000 });
  expect([claims.length, held.length]).toEqual([count, count]);
  const leases = await redis.zrange("many:{p0}:leases", "0", "-1", "WITHSCORES");
  const now = await single.now();
  expect(leases.filter((_, index) => index % 2 === 1 && Number(leases[index]) > now + 500_000)).toHaveLength(
    count,
  );
  await single.close();
});

test("scripts that Redis has forgotten are sent anew, whichever they are", async () => {
  await store.ping();
  const flush = setInterval(() => void redis.script("FLUSH"), 1);
  try {
    await doEverything();
  } finally {
    clearInterval(flush);
  }
  const stats = await redis.info("commandstats");
  const evaluated = Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1]);
  expect(evaluated).toBeGreaterThan(20);
});

function namesIn(given: readonly string[]): readonly string[] {
  return given.filter((argument) => argument.startsWith("alder:{"));
}

/** As a node of a cluster says it. */
async function slotsOf(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const node = await startRedis({ cluster: true });
  const client = new Redis(node.url);
  try {
    const all = [...new Set(names)];
    const slots = await Promise.all(all.map((name) => client.cluster("KEYSLOT", name)));
    return new Map(all.map((name, index) => [name, slots[index]!]));
  } finally {
    client.disconnect();
    await node.stop();
  }
}
