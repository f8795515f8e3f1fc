/** A real cluster of three masters. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "./redis-server.ts";

export interface RedisCluster {
  readonly urls: readonly string[];
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;

export async function startCluster(): Promise<RedisCluster> {
  const servers = await Promise.all(Array.from({ length: MASTERS }, () => startRedis({ cluster: true })));
  const nodes = servers.map(({ url }) => new Redis(url));
  try {
    for (const [index, node] of nodes.entries()) {
      const first = Math.ceil((index * SLOTS) / MASTERS);
      const last = Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1;
      await node.call("CLUSTER", "ADDSLOTSRANGE", first, last);
      await node.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
      if (index > 0) await node.call("CLUSTER", "MEET", "127.0.0.1", servers[0]!.port);
    }
    for (const node of nodes) while (!(await isWhole(node))) await pause(50);
  } finally {
    for (const node of nodes) node.disconnect();
  }
  return {
    urls: servers.map(({ url }) => url),
    servers,
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

async function isWhole(node: Redis): Promise<boolean> {
  const info = (await node.call("CLUSTER", "INFO")) as string;
  return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${MASTERS}`);
}
