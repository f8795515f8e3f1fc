import { relative } from "node:path";
import { AlderError } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { isMissing } from "./is-missing.ts";

export interface StoreOptions {
  readonly redis?: string;
  readonly store: string;
  /** Else it comes from the environment. */
  readonly isRedisTyped: boolean;
  /** Else it is the default. */
  readonly isStoreTyped: boolean;
}

export interface OpenedStore {
  readonly store: Store;
  /** Where the runs are, for people: without user and password. */
  readonly place: string;
}

/**
 * Opens the store that the options name, and asks it whether it is there. Throws `bad_setting`, `missing_package`, and what
 * the store says of itself: `store_unavailable`, `store_version`, `store_misconfigured`.
 */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  const opened = await choose(options);
  try {
    await opened.store.ping();
    return opened;
  } catch (error) {
    await opened.store.close();
    throw error;
  }
}

async function choose({ redis, store, isRedisTyped, isStoreTyped }: StoreOptions): Promise<OpenedStore> {
  if (isRedisTyped && isStoreTyped) {
    throw new AlderError("bad_setting", "--redis and --store name two stores: give one of them.");
  }
  if (redis === undefined || redis === "" || isStoreTyped) return await openFile(store);
  // It may hold a password, so it is not told.
  if (!/^rediss?:\/\//.test(redis) || !URL.canParse(redis)) {
    const source = isRedisTyped ? "--redis" : "REDIS_URL";
    throw new AlderError(
      "bad_setting",
      `${source} is no address of Redis: write it as redis://user:password@host:6379, or rediss:// with TLS.`,
    );
  }
  return await openRedis(redis);
}

async function openFile(path: string): Promise<OpenedStore> {
  const { createSqliteStore } = await import("@alder/core/sqlite");
  return { store: createSqliteStore({ path }), place: relative(process.cwd(), path) || path };
}

async function openRedis(url: string): Promise<OpenedStore> {
  try {
    const { createRedisStore } = await import("@alder/core/redis");
    return { store: createRedisStore({ url }), place: `Redis at ${new URL(url).host}` };
  } catch (cause) {
    if (!isMissing(cause, "ioredis")) throw cause;
    throw new AlderError("missing_package", "To keep runs in Redis, ioredis is needed: npm install ioredis", {
      cause,
    });
  }
}
