// How surely what was answered is kept: checked, or waited for.
import { createRedisStore, type ConnectionSettings } from "@alder/core/redis";
import type { Claim, Store } from "@alder/core/store";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type RedisServer } from "./redis-server.ts";
import { ask, PRIMARY, startReplica, untilFollowing } from "./replica.ts";

let primary: RedisServer;
let replica: RedisServer;
let opened = 0;
beforeAll(async () => {
  primary = await startRedis({ settings: PRIMARY });
  replica = await startReplica(primary);
});
afterAll(async () => {
  await primary.stop();
  await replica.stop();
});

const completed = { event: { type: "run.completed", output: null } } as const;
const said = { event: { type: "status", message: "a", step: null } } as const;
const request = { workflow: "article", queue: "default", input: {} };
const worker = { id: "w", workflows: [], queues: [], build: "1", concurrency: 1 };

/** Gives up on a replica soon, unless told otherwise. */
async function withStore(
  run: (store: Store, notices: readonly string[]) => Promise<void>,
  { waitMs, retryForMs } = { waitMs: 200, retryForMs: 300 },
): Promise<void> {
  const notices: string[] = [];
  const store = createRedisStore({
    url: primary.url,
    prefix: `test-${++opened}`,
    durability: { replicas: 1, waitMs },
    onNotice: (notice) => void notices.push(notice),
    retryForMs,
  });
  try {
    await run(store, notices);
  } finally {
    await store.close();
  }
}

async function claimAll(store: Store): Promise<readonly Claim[]> {
  return (await store.claim({ worker: "w", queues: ["default"], limit: 100, leaseMs: 60_000, idle: true }))
    .claims;
}

const after = ({ token, tail }: Claim) => ({ token, after: tail, records: [], progress: false });

test.each([
  ["everysec", "nothing", "no append-only file"],
  ["always", "nothing", "no append-only file"],
  ["always", "everysec", 'appendfsync "everysec"'],
] as const)("%s is refused of a server that keeps %s", async (durability, appendonly, found) => {
  const server = await startRedis(appendonly === "nothing" ? {} : { appendonly });
  const store = createRedisStore({ url: server.url, durability });
  const refused = { code: "store_misconfigured", message: expect.stringContaining(found) };
  await expect(store.createRun(request)).rejects.toMatchObject(refused);
  expect(await ask(server, (redis) => redis.dbsize())).toBe(0);
  await store.close();
  await server.stop();
});

test.each([
  ["everysec", "everysec"],
  ["everysec", "always"],
  ["always", "always"],
] as const)("%s is taken of a server that is set to %s", async (durability, appendonly) => {
  const server = await startRedis({ appendonly });
  const store = createRedisStore({ url: server.url, durability });
  expect((await store.createRun(request)).outcome).toBe("created");
  await store.close();
  await server.stop();
});

test("what was answered is on the replica", async () => {
  await withStore(
    async (store, notices) => {
      for (let index = 0; index < 20; index++) {
        const made = await store.createRun({
          ...request,
          idempotency: { key: `${index}`, fingerprint: "f" },
        });
        const runId = made.outcome === "created" ? made.run.runId : "";
        const key = `test-${opened}:{p0}:run:${runId}`;
        const there = (): Promise<string | null> => ask(replica, (redis) => redis.hget(key, "status"));
        expect(await there()).toBe("queued");
        await store.sendSignal(runId, { id: "1", name: "go", payload: null });
        expect(await ask(replica, (redis) => redis.hget(key, "signals"))).toBe("1");
        const [claim] = await claimAll(store);
        await store.finish({ ...after(claim!), records: [completed], status: "completed" });
        expect(await there()).toBe("completed");
      }
      // Debian's Redis is 7.0.
      const info = await ask(primary, (redis) => redis.info("server"));
      expect(notices).toHaveLength(/redis_version:7\.0/.test(info) ? 1 : 0);
    },
    { waitMs: 4_000, retryForMs: 20_000 },
  );
});

test("while a replica does not follow, results are not acknowledged, and all else goes on", async () => {
  await withStore(async (store) => {
    await store.createRun(request);
    await store.createRun(request);
    const [first, second] = (await claimAll(store)) as [Claim, Claim];
    process.kill(replica.pid, "SIGSTOP");
    try {
      const refused = { code: "store_unavailable", message: expect.stringContaining("0 of 1 replicas") };
      const step = { ...after(first), records: [said], progress: true };
      const finish = { ...after(second), records: [completed], status: "completed" } as const;
      const refusals = [step, finish].map((input) =>
        expect("status" in input ? store.finish(input) : store.append(input)).rejects.toMatchObject(refused),
      );
      const told = { ...after(first), after: first.tail + 1, records: [said] };
      await Promise.all(refusals);
      expect(await store.append(told)).toMatchObject({ outcome: "written" });
      const tokens = [first.token];
      expect((await store.heartbeat({ worker, tokens, leaseMs: 60_000 })).held).toHaveLength(1);
      process.kill(replica.pid, "SIGCONT");
      await untilFollowing(replica);
      // Sent again, both are what they were.
      expect(await store.append(step)).toMatchObject({ outcome: "written" });
      expect(await store.finish(finish)).toMatchObject({ outcome: "written" });
      expect((await store.readRun(first.token.runId))?.tail.seq).toBe(first.tail + 2);
    } finally {
      process.kill(replica.pid, "SIGCONT");
    }
  });
});

test("writes that come together are waited for together, also when the server has forgotten the scripts", async () => {
  await withStore(async (store) => {
    const waits = async (): Promise<number> => {
      const info = await ask(primary, (redis) => redis.info("commandstats"));
      return Number(/cmdstat_wait(?:aof)?:calls=(\d+)/.exec(info)?.[1] ?? 0);
    };
    await store.now();
    await ask(primary, (redis) => redis.script("FLUSH"));
    const before = await waits();
    const made = await Promise.all(Array.from({ length: 100 }, () => store.createRun(request)));
    expect(made.map(({ outcome }) => outcome)).toEqual(made.map(() => "created"));
    expect((await waits()) - before).toBeLessThan(20);
    const claims = await claimAll(store);
    expect(claims).toHaveLength(100);
    const ends = claims.map((claim) =>
      store.finish({ ...after(claim), records: [completed], status: "completed" }),
    );
    for (const end of await Promise.all(ends)) expect(end.outcome).toBe("written");
  });
});

test("from 7.2 on it is waited for their disks", async () => {
  const asked: string[] = [];
  const connect = (settings: ConnectionSettings): Redis => {
    const redis = new Redis(primary.url, { ...settings, enableReadyCheck: false });
    redis.info = async () => "# Server\r\nredis_version:7.2.4\r\nmaxmemory_policy:noeviction\r\n";
    const pipeline = redis.pipeline.bind(redis);
    redis.pipeline = (...given) => {
      const made = pipeline(...given);
      made.call = ((name: string, ...values: readonly (string | number)[]) => {
        asked.push([name, ...values].join(" "));
        // What a server that has WAITAOF answers stands in for it.
        return made.eval("return { 0, 1 }", 0);
      }) as typeof made.call;
      return made;
    };
    return redis;
  };
  const notices: string[] = [];
  const durability = { replicas: 1, waitMs: 50 };
  const onNotice = (notice: string): void => void notices.push(notice);
  const store = createRedisStore({ connect, prefix: "disks", durability, onNotice });
  expect((await store.createRun(request)).outcome).toBe("created");
  expect(asked).toEqual(["WAITAOF 0 1 50"]);
  expect(notices).toEqual([]);
  await store.close();
});
