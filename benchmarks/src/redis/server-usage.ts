/** What the Redis server has used, as it says itself. */
import type { Redis } from "ioredis";

export interface ServerUsage {
  /** Processor time so far, in milliseconds. */
  readonly processorMs: number;
  readonly bytes: number;
  readonly connections: number;
  readonly commands: number;
}

export async function serverUsage(redis: Redis): Promise<ServerUsage> {
  const info = await redis.info();
  const valueOf = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]);
  return {
    processorMs: (valueOf("used_cpu_user") + valueOf("used_cpu_sys")) * 1000,
    bytes: valueOf("used_memory"),
    connections: valueOf("connected_clients"),
    commands: valueOf("total_commands_processed"),
  };
}
