/**
 * The store that tests of what stands above it run on: in memory, or as `ALDER_TEST_STORE` says. `vitest.config.ts` runs
 * some of them again with it.
 */
import { join } from "node:path";
import { createRedisStore } from "@alder/core/redis";
import { createMemoryStore } from "@alder/core/testing";
import type { Store } from "@alder/core/store";
import { afterAll } from "vitest";
import { startCluster, type RedisCluster } from "./redis/redis-cluster.ts";
import { startRedis, type RedisServer } from "./redis/redis-server.ts";

const kind = process.env["ALDER_TEST_STORE"];
export const isOnRedis = kind === "redis";

const opened: Store[] = [];
const prefixes = new WeakMap<Store, string>();
let prefixCount = 0;
let server: Promise<RedisServer> | undefined;
let cluster: Promise<RedisCluster> | undefined;

/** A new, empty store. It is closed after the last test of the file, if it is not before. */
export function openTestStore(): Promise<Store> {
  prefixCount += 1;
  return open(`test-${prefixCount}`);
}

/** What such a store holds as another process has it, with connections of its own; in memory, the same store. */
export async function openForOther(store: Store): Promise<Store> {
  const prefix = prefixes.get(store);
  return prefix === undefined ? store : await open(prefix);
}

/** Where a process of its own finds an empty store: a new file in that folder, or the server, emptied. */
export async function emptyAddress(folder: string): Promise<string> {
  if (!isOnRedis) return join(folder, "alder.db");
  const emptied = await redisServer();
  await emptied.restart();
  return emptied.url;
}

async function open(prefix: string): Promise<Store> {
  const store = await create(prefix);
  opened.push(store);
  if (kind === "redis" || kind === "cluster") prefixes.set(store, prefix);
  return store;
}

async function create(prefix: string): Promise<Store> {
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
