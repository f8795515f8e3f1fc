import { createRedisStore } from "@alder/core/redis";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";

/** The store at a path of a file or a URL, as a program is told it. */
export function openStoreAt(address: string): Store {
  return address.startsWith("redis:")
    ? createRedisStore({ url: address })
    : createSqliteStore({ path: address });
}
