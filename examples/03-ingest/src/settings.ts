import { join } from "node:path";
import { findRedis } from "../../../scripts/find-program.mjs";
import { readSettings, SettingError } from "../../shared/start/settings.ts";

export interface IngestSettings {
  readonly port: number;
  /** Where the runs are kept, or what keeps them. It exists. */
  readonly dataFolder: string;
  readonly store: "redis" | "file";
  /** Undefined: a server of this example's own. */
  readonly redisUrl: string | undefined;
}

/**
 * What the environment asks for. `ALDER_STORE` is `redis` or `file`; unless given, Redis where there is one. Throws
 * `SettingError`.
 */
export function readIngestSettings(environment: NodeJS.ProcessEnv): IngestSettings {
  const { port, dataFolder, redisUrl } = readSettings(environment);
  const chosen = environment.ALDER_STORE?.trim() || undefined;
  if (chosen !== undefined && chosen !== "redis" && chosen !== "file") {
    throw new SettingError(`ALDER_STORE is "${chosen}": it must be redis or file`);
  }
  const hasRedis = redisUrl !== undefined || findRedis() !== undefined;
  return {
    port,
    dataFolder: join(dataFolder, "ingest"),
    store: chosen ?? (hasRedis ? "redis" : "file"),
    redisUrl,
  };
}
