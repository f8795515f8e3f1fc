// The lists of tenants and tags: nothing is left in them of runs that were deleted.
import { createRedisStore } from "@alder/core/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedis } from "./redis-server.ts";

test("a deleted run leaves no list behind", async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const store = createRedisStore({ url: server.url });
  try {
    await store.ping();
    const request = { workflow: "article", queue: "default", input: {}, tenant: "acme", tags: ["a", "b"] };
    const made = await store.createRun(request);
    if (made.outcome === "conflict") throw new Error("no key was given");
    expect((await lists(redis)).length).toBe(5);
    await store.requestCancel(made.run.runId);
    expect(await store.deleteEnded(0)).toBe(1);
    expect(await lists(redis)).toEqual([]);
    expect((await redis.keys("*line:*")).length).toBe(0);
  } finally {
    await store.close();
    redis.disconnect();
    await server.stop();
  }
});

async function lists(redis: Redis): Promise<readonly string[]> {
  return (await redis.keys("*")).filter((key) => /:(runs-of|tagged):/.test(key));
}
