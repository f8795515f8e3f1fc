// A process that dies between reserving an idempotency key and making its run leaves a key that leads nowhere (E1).
import { createRedisStore } from "@alder/core/redis";
import type { CreateResult, Store } from "@alder/core/store";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Keys, toKeyName } from "../../../src/store/redis/keys.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";

const RUN_ID = "0.01890a5d-ac96-774b-bcce-b302099a8057";

let server: RedisServer;
let redis: Redis;
let store: Store;
let prefix: string;
let opened = 0;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  prefix = `keys-${++opened}`;
  store = createRedisStore({ url: server.url, prefix });
  const name = toKeyName("article", "", "k");
  const key = `${new Keys(prefix).keySlot(name)}:key:${name}`;
  await redis.hset(key, { run: RUN_ID, fingerprint: "died" });
});
afterEach(() => store.close());

const create = (fingerprint: string): Promise<CreateResult> =>
  store.createRun({
    workflow: "article",
    queue: "default",
    input: {},
    idempotency: { key: "k", fingerprint },
  });

test("the same request makes the run that was to be", async () => {
  expect(await create("died")).toMatchObject({ outcome: "created", run: { runId: RUN_ID } });
  expect(await create("other")).toEqual({ outcome: "conflict", runId: RUN_ID });
});

test("another request is given the key, and whoever was slow is told of that", async () => {
  const taken = await create("other");
  expect(taken.outcome).toBe("created");
  const { runId } = taken.outcome === "created" ? taken.run : { runId: "" };
  expect(runId).not.toBe(RUN_ID);
  expect(await create("died")).toEqual({ outcome: "conflict", runId });
  // The slow one, which had read the key before: its run is not made any more.
  expect(await redis.exists(`${new Keys(prefix).partitionOf(RUN_ID)}:gone:${RUN_ID}`)).toBe(1);
  expect((await store.listRuns({ limit: 10 })).runs).toHaveLength(1);
});
