/**
 * The store that tests of what stands above it run on: in memory, or as `ALDER_TEST_STORE` says. `vitest.config.ts` runs
 * some of them again with it.
 */
import { createRedisStore } from "@alder/core/redis";
import { createMemoryStore } from "@alder/core/testing";
import type { Store } from "@alder/core/store";
import { afterAll } from "vitest";
import { startCluster, type RedisCluster } from "./redis/redis-cluster.ts";
import { startRedis, type RedisServer } from "./redis/redis-server.ts";

const kind = process.env["ALDER_TEST_STORE"];
export const isOnRedis = kind === "redis";

const opened: Store[] = [];
let server: Promise<RedisServer> | undefined;
let cluster: Promise<RedisCluster> | undefined;

/** A new, empty store. It is closed after the last test of the file, if it is not before. */
export async function openTestStore(): Promise<Store> {
  const store = await open(`test-${opened.length}`);
  opened.push(store);
  return store;
}

async function open(prefix: string): Promise<Store> {
  if (isOnRedis) return createRedisStore({ url: (await redisServer()).url, prefix });
  if (kind !== "cluster") return createMemoryStore();
  const { urls } = await (cluster ??= startCluster());
  return createRedisStore({ cluster: urls, partitions: 6, prefix });
}

/** The server of this test file. */
export function redisServer(): Promise<RedisServer> {
  return (server ??= startRedis());
}

afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await (await server)?.stop();
  await (await cluster)?.stop();
});
