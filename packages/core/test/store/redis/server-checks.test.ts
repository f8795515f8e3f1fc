// What a store says of a server that cannot be one, before anything is written.
import { createRedisStore, type ConnectionSettings } from "@alder/core/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedis, type RedisServer, type RedisServerOptions } from "./redis-server.ts";

async function withServer(
  options: RedisServerOptions,
  run: (server: RedisServer) => Promise<void>,
): Promise<void> {
  const server = await startRedis(options);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

async function keysOf(server: RedisServer): Promise<readonly string[]> {
  const redis = new Redis(server.url);
  const keys = await redis.keys("*");
  redis.disconnect();
  return keys;
}

test("an eviction policy that throws runs away is refused, and nothing is written", async () => {
  const policy = ["--maxmemory-policy", "allkeys-lru"];
  await withServer({ settings: policy }, async (server) => {
    const store = createRedisStore({ url: server.url });
    await expect(store.now()).rejects.toMatchObject({
      code: "store_misconfigured",
      message: expect.stringContaining("CONFIG SET maxmemory-policy noeviction"),
    });
    await expect(store.publishManifests([])).resolves.toBeUndefined();
    await expect(store.ping()).rejects.toMatchObject({ code: "store_misconfigured" });
    expect(await keysOf(server)).toEqual([]);
    // Once that is mended it goes on, without being made anew.
    const redis = new Redis(server.url);
    await redis.config("SET", "maxmemory-policy", "noeviction");
    redis.disconnect();
    await store.ping();
    await store.close();
  });
});

test("a server that is too old is refused", async () => {
  await withServer({}, async (server) => {
    const connect = (settings: ConnectionSettings): Redis => {
      const redis = new Redis(server.url, { ...settings });
      redis.info = async () => "# Server\r\nredis_version:6.2.14\r\nmaxmemory_policy:noeviction\r\n";
      return redis;
    };
    const store = createRedisStore({ connect });
    await expect(store.now()).rejects.toMatchObject({
      code: "store_version",
      message: expect.stringContaining("6.2.14"),
    });
    expect(await keysOf(server)).toEqual([]);
    await store.close();
  });
});

test("what another version of Alder has written is not touched", async () => {
  await withServer({}, async (server) => {
    const redis = new Redis(server.url);
    await redis.set("alder:{p0}:format", "99");
    const store = createRedisStore({ url: server.url, partitions: 4 });
    await expect(store.listRuns({ limit: 1 })).rejects.toMatchObject({ code: "store_version" });
    expect(await redis.keys("*")).toEqual(["alder:{p0}:format"]);
    redis.disconnect();
    await store.close();
  });
});

test("a password is asked for by its name, and never told", async () => {
  await withServer({ settings: ["--requirepass", "secret"] }, async (server) => {
    const store = createRedisStore({ url: server.url });
    await expect(store.now()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("password"),
    });
    await store.close();
    const wrong = createRedisStore({ url: `redis://:wrong@127.0.0.1:${server.port}` });
    const message = await wrong.now().catch((error: Error) => error.message);
    expect(message).toContain(`127.0.0.1:${server.port}`);
    expect(message).not.toContain("wrong@");
    await wrong.close();
    const right = createRedisStore({ url: `redis://:secret@127.0.0.1:${server.port}` });
    await right.ping();
    await right.close();
  });
});

test("where nothing listens, the store cannot be reached, and says where it looked", async () => {
  let url = "";
  await withServer({}, async (server) => void (url = server.url));
  const store = createRedisStore({ url, retryForMs: 100 });
  await expect(store.now()).rejects.toMatchObject({
    code: "store_unavailable",
    message: expect.stringMatching(new RegExp(`at ${new URL(url).host} .*ECONNREFUSED`)),
  });
  await store.close();
  await expect(store.now()).rejects.toMatchObject({ code: "store_closed" });
});
