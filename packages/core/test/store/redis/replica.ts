/** A replica that lags behind, and takes its primary's place. */
import { Redis } from "ioredis";
import { setTimeout as pause } from "node:timers/promises";
import { startRedis, type RedisServer } from "./redis-server.ts";

/** Settings of a server that a replica follows soon. */
export const PRIMARY = ["--repl-diskless-sync-delay", "0"];

export async function startReplica(primary: RedisServer): Promise<RedisServer> {
  const replica = await startRedis({ settings: ["--replicaof", "127.0.0.1", `${primary.port}`] });
  await untilFollowing(replica);
  return replica;
}

export async function untilFollowing(replica: RedisServer): Promise<void> {
  while (!/master_link_status:up/.test(await ask(replica, (redis) => redis.info("replication"))))
    await pause(10);
}

/** The replica has all that was written until now, and is given nothing of what comes. */
export async function letLag(primary: RedisServer, replica: RedisServer): Promise<void> {
  await ask(primary, async (redis) => {
    await redis.set("until-here", "1");
    await redis.wait(1, 10_000);
  });
  process.kill(replica.pid, "SIGSTOP");
  await ask(primary, (redis) => redis.call("CLIENT", "KILL", "TYPE", "replica"));
}

/** The primary dies, and the replica is the primary with what it has. */
export async function promote(primary: RedisServer, replica: RedisServer): Promise<void> {
  await primary.kill();
  process.kill(replica.pid, "SIGCONT");
  await ask(replica, (redis) => redis.call("REPLICAOF", "NO", "ONE"));
}

export async function ask<T>(server: RedisServer, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
