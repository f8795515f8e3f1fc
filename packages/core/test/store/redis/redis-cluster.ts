/** A real cluster of three masters. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { ask, untilFollowing } from "./replica.ts";
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

async function isWhole(node: Redis, nodes = MASTERS): Promise<boolean> {
  const info = (await node.call("CLUSTER", "INFO")) as string;
  return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${nodes}`);
}

export interface ClusterWithReplica extends RedisCluster {
  /** The master that has the slot of the key. */
  readonly primary: RedisServer;
  readonly replica: RedisServer;
}

/** A cluster in which the master that has the slot of this key has a replica. */
export async function startClusterWithReplica(key: string): Promise<ClusterWithReplica> {
  const cluster = await startCluster();
  const replica = await startRedis({ cluster: true });
  const slot = (await ask(replica, (redis) => redis.call("CLUSTER", "KEYSLOT", key))) as number;
  const primary = cluster.servers[Math.floor((slot * MASTERS) / SLOTS)]!;
  const [node, master] = [new Redis(replica.url), new Redis(primary.url)];
  try {
    await node.call("CLUSTER", "MEET", "127.0.0.1", primary.port);
    while (!(await isWhole(node, MASTERS + 1))) await pause(50);
    await master.config("SET", "repl-diskless-sync-delay", "0");
    await node.call("CLUSTER", "REPLICATE", (await master.call("CLUSTER", "MYID")) as string);
    await untilFollowing(replica);
    const id = (await node.call("CLUSTER", "MYID")) as string;
    // A node that has not heard of the replica would not believe it when it takes over.
    for (const server of cluster.servers) while (!(await knowsReplica(server, id))) await pause(50);
  } finally {
    node.disconnect();
    master.disconnect();
  }
  return {
    ...cluster,
    primary,
    replica,
    async stop() {
      await Promise.all([cluster.stop(), replica.stop()]);
    },
  };
}

async function knowsReplica(server: RedisServer, id: string): Promise<boolean> {
  const nodes = (await ask(server, (redis) => redis.call("CLUSTER", "NODES"))) as string;
  return nodes.split("\n").some((line) => line.startsWith(id) && line.includes("slave"));
}
