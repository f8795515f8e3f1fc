// A Redis whose memory is full: new runs are refused so that a client tries again, and what is there can be read.
import { createRedisStore } from "@alder/core/redis";
import { createApp } from "@alder/server";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { articleManifest } from "../../core/test/client/hand-worker.ts";
import { startRedis } from "../../core/test/store/redis/redis-server.ts";

test("a start is answered with 503 and Retry-After while there is no room, and taken when there is", async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const store = createRedisStore({ url: server.url });
  try {
    await store.publishManifests([articleManifest]);
    const app = createApp({ store, onError: () => {} });
    const start = (): Promise<Response> =>
      Promise.resolve(
        app.request("/workflows/article/runs", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ topic: "alders" }),
        }),
      );
    const first = await start();
    expect(first.status).toBe(202);
    const { runId } = (await first.json()) as { runId: string };

    await redis.config("SET", "maxmemory", "1");
    const refused = await start();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: "store_full" });
    expect((await app.request(`/runs/${runId}`)).status).toBe(200);
    const ready = await app.request("/readyz");
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: "ready", warning: expect.stringContaining("memory") });

    await redis.config("SET", "maxmemory", "0");
    expect((await start()).status).toBe(202);
  } finally {
    redis.disconnect();
    await store.close();
    await server.stop();
  }
});
