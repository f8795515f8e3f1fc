/**
 * The store that tests of what stands above it run on: in memory, or as `ALDER_TEST_STORE` says. `vitest.config.ts` runs
 * some of them again with it.
 */
import { createRedisStore } from "@alder/core/redis";
import { createMemoryStore } from "@alder/core/testing";
import type { Store } from "@alder/core/store";
import { afterAll } from "vitest";
import { startRedis, type RedisServer } from "./redis/redis-server.ts";

export const isOnRedis = process.env["ALDER_TEST_STORE"] === "redis";

const opened: Store[] = [];
let server: Promise<RedisServer> | undefined;

/** A new, empty store. It is closed after the last test of the file, if it is not before. */
export async function openTestStore(): Promise<Store> {
  const store = isOnRedis
    ? createRedisStore({ url: (await redisServer()).url, prefix: `test-${opened.length}` })
    : createMemoryStore();
  opened.push(store);
  return store;
}

/** The server of this test file. */
export function redisServer(): Promise<RedisServer> {
  return (server ??= startRedis());
}

afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await (await server)?.stop();
});
