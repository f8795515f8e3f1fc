import { join } from "node:path";
import type { Store } from "@alder/core/store";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Settings } from "../../../shared/start/settings.ts";

/** One store, as each plane has it. */
export interface Stores {
  readonly api: Store;
  readonly worker: Store;
  /** For people: no password. */
  readonly place: string;
  close(): Promise<void>;
}

/** One file for both planes; in Redis each has connections of its own, as it would in a process of its own. */
export async function openStores({ redisUrl, dataFolder }: Settings): Promise<Stores> {
  if (redisUrl === undefined) {
    const store = createSqliteStore({ path: join(dataFolder, "alder.db") });
    return { api: store, worker: store, place: dataFolder, close: () => store.close() };
  }
  const { createRedisStore } = await import("@alder/core/redis");
  const [api, worker] = [createRedisStore({ url: redisUrl }), createRedisStore({ url: redisUrl })];
  const close = async () => void (await Promise.all([api.close(), worker.close()]));
  return { api, worker, place: `Redis at ${new URL(redisUrl).host}`, close };
}
