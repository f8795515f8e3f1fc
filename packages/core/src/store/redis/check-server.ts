/** Whether a server can be a store: found out before anything is written. */
import { AlderError } from "../../errors/alder-error.ts";
import type { RedisConnection } from "./connection.ts";

const MAJOR_VERSION = 7;

/** Throws `store_version` or `store_misconfigured`. */
export async function checkServers(connection: RedisConnection, server: string): Promise<void> {
  if ("nodes" in connection) {
    // It knows its nodes once it has talked to one.
    await connection.ping();
    await Promise.all(
      connection.nodes("master").map(async (node) => checkInfo(parseInfo(await node.info()), server)),
    );
  } else {
    checkInfo(parseInfo(await connection.info()), server);
  }
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
