import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";
import { startOwnRedis } from "./own-redis.ts";

/** Where several processes meet. */
export interface ChosenStore {
  /** What tells each process of it: on its command line, and, where it may hold a password, in its environment. */
  readonly given: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** For people: no password. */
  readonly place: string;
  /** As this process has it, with connections of its own. */
  open(): Promise<Store>;
  stop(): Promise<void>;
}

/** The Redis that is named, or else a server of this example's own, whose data is kept in a folder. */
export async function chooseRedis(url: string | undefined, folder: string): Promise<ChosenStore> {
  const own = url === undefined ? await startOwnRedis(join(folder, "redis")) : undefined;
  const address = url ?? own!.url;
  return {
    given: [],
    environment: { REDIS_URL: address },
    place: `Redis at ${new URL(address).host}${own ? `, a server of its own, in ${folder}` : ""}`,
    async open() {
      const { createRedisStore } = await import("@alder/core/redis");
      return createRedisStore({ url: address });
    },
    stop: async () => await own?.stop(),
  };
}
/** One file, which all processes of this machine open. */
export function chooseFile(folder: string): ChosenStore {
  const path = join(folder, "alder.db");
  return {
    given: ["--store", path],
    environment: {},
    place: path,
    open: async () => createSqliteStore({ path }),
    stop: async () => {},
  };
}
