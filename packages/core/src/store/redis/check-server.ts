/** Whether a server can be a store: found out before anything is written. */
import { AlderError } from "../../errors/alder-error.ts";
import type { Redis } from "ioredis";
import type { RedisConnection } from "./connection.ts";
import type { Durability } from "./durability.ts";

const MAJOR_VERSION = 7;

export interface CheckedServer {
  /** As it says itself; of a cluster, that of some master. */
  readonly version: string;
  /** Its replicas tell what is on their disks; of a cluster, those of all masters. */
  readonly tellsDisks: boolean;
}

/** Throws `store_version` or `store_misconfigured`. */
export async function checkServers(
  connection: RedisConnection,
  server: string,
  durability: Durability | undefined,
): Promise<CheckedServer> {
  // It knows its nodes once it has talked to one.
  if ("nodes" in connection) await connection.ping();
  const nodes = "nodes" in connection ? connection.nodes("master") : [connection];
  const versions = await Promise.all(
    nodes.map(async (node) => {
      const info = parseInfo(await node.info());
      checkInfo(info, server);
      if (durability === "everysec" || durability === "always")
        await checkFile(node, info, server, durability);
      return info.get("redis_version") ?? "unknown";
    }),
  );
  const older = versions.find((version) => !tellsDisks(version));
  return { version: older ?? versions[0] ?? "unknown", tellsDisks: older === undefined };
}

/** WAITAOF is there from 7.2 on. */
function tellsDisks(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 7 || (major === 7 && minor >= 2);
}

/** Whether what is written goes to a file as it was asked for. */
async function checkFile(
  node: Redis,
  info: ReadonlyMap<string, string>,
  server: string,
  durability: "everysec" | "always",
): Promise<void> {
  const isKept = info.get("aof_enabled") === "1";
  // Hosted servers may not say.
  const answer = isKept ? await node.config("GET", "appendfsync").catch(() => []) : [];
  const policy = answer[1] ?? "unknown";
  if (isKept && (policy === "always" || policy === durability)) return;
  const found = isKept ? `appendfsync "${policy}"` : "no append-only file";
  throw new AlderError(
    "store_misconfigured",
    `The store at ${server} has ${found}, and durability "${durability}" was asked for: ` +
      `set appendonly yes and appendfsync ${durability}, in redis.conf, or ask for another durability.`,
    { details: { server, durability, found } },
  );
}

function checkInfo(info: ReadonlyMap<string, string>, server: string): void {
  const version = info.get("redis_version") ?? "unknown";
  if (!(Number.parseInt(version, 10) >= MAJOR_VERSION)) {
    throw new AlderError(
      "store_version",
      `The store at ${server} is Redis ${version}: Alder needs Redis ${MAJOR_VERSION} or newer, or Valkey.`,
      { details: { server, version } },
    );
  }
  // Also told by servers that do not let everybody read their configuration.
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") {
    throw new AlderError(
      "store_misconfigured",
      `The store at ${server} has maxmemory-policy "${policy}" and would throw runs away when its memory is full: ` +
        `set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf).`,
      { details: { server, policy } },
    );
  }
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}
