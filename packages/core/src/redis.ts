/** `@alder/core/redis`: the store for more than one machine. Needs ioredis. */
export { createRedisStore, type RedisStoreOptions } from "./store/redis/create-redis-store.ts";
export type { Durability, ReplicaDurability } from "./store/redis/durability.ts";
export type { ConnectionSettings } from "./store/redis/connection.ts";
