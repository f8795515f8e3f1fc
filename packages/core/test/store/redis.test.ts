import { createRedisStore } from "@alder/core/redis";
import { createManualClock, describeStore, type StoreUnderTest } from "@alder/core/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startRedis, type RedisServer } from "./redis/redis-server.ts";

let server: RedisServer;
let opened = 0;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describeStore("the store in Redis", open, { describe, test });

/** Two stores on one server are as two processes: each has connections of its own. */
async function open(): Promise<StoreUnderTest> {
  const clock = createManualClock();
  opened += 1;
  const options = { url: server.url, prefix: `test-${opened}`, clock };
  return {
    store: createRedisStore(options),
    other: createRedisStore(options),
    advance: async (ms) => clock.advance(ms),
  };
}
