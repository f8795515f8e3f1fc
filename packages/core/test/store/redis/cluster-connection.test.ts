// What a store says of a cluster that is none or is not there, and that it alone sends a call again (E8).
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { Cluster, Redis } from "ioredis";
import { expect, test } from "vitest";
import { startProxy, type Proxy } from "./proxy.ts";
import { startCluster } from "./redis-cluster.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";

const request = { workflow: "article", queue: "default", input: { topic: "alders" } };
const claimRequest = { worker: "w", queues: ["default"], limit: 1, leaseMs: 60_000, idle: true };

async function withServer(isCluster: boolean, run: (server: RedisServer) => Promise<void>): Promise<void> {
  const server = await startRedis({ cluster: isCluster });
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

/** A cluster of one node, which is met through a proxy. */
async function withCluster(run: (proxy: Proxy, server: RedisServer) => Promise<void>): Promise<void> {
  await withServer(true, async (server) => {
    const proxy = await startProxy(server.port);
    const node = new Redis(server.url);
    await node.call("CONFIG", "SET", "cluster-announce-ip", "127.0.0.1");
    await node.call("CONFIG", "SET", "cluster-announce-port", new URL(proxy.url).port);
    await node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
    while (!String(await node.call("CLUSTER", "INFO")).includes("cluster_state:ok"));
    node.disconnect();
    try {
      await run(proxy, server);
    } finally {
      await proxy.close();
    }
  });
}

test("where no node of a cluster answers, calls fail with the reason, and the store can be closed", async () => {
  let url = "";
  await withServer(false, async (server) => void (url = server.url));
  const store = createRedisStore({ cluster: [url], retryForMs: 200 });
  const unwatch = store.watchRun("0.01a214a0-197d-77e0-971d-2d15c8bc1c81", () => {});
  await expect(store.ping()).rejects.toMatchObject({
    code: "store_unavailable",
    message: expect.stringContaining(`at ${new URL(url).host} cannot be reached`),
  });
  unwatch();
  await store.close();
});

test("a server that is no cluster is told to be given otherwise", async () => {
  await withServer(false, async (server) => {
    const store = createRedisStore({ cluster: [server.url], retryForMs: 200 });
    await expect(store.ping()).rejects.toMatchObject({
      code: "store_misconfigured",
      message: expect.stringContaining("give its URL as `url`"),
    });
    await store.close();
  });
});

test("a node of a cluster is told to be given otherwise", async () => {
  const cluster = await startCluster();
  const said = await Promise.all(
    cluster.urls.map(async (url) => {
      const store = createRedisStore({ url, retryForMs: 200 });
      const answer = await store.ping().catch((error: unknown) => error);
      await store.close();
      return answer;
    }),
  );
  // All but the one that has the slot of the first partition.
  const refused = { code: "store_misconfigured", message: expect.stringContaining("as `cluster`") };
  expect(said.filter((answer) => answer !== undefined)).toMatchObject([refused, refused]);
  await cluster.stop();
});

test.each(["by the store", "by the author"])(
  "a claim whose answer is lost is one, with a cluster made %s",
  async (maker) => {
    await withCluster(async (proxy) => {
      const store: Store = createRedisStore(
        maker === "by the store"
          ? { cluster: [proxy.url] }
          : {
              connect: (settings) =>
                new Cluster([proxy.url], {
                  lazyConnect: true,
                  shardedSubscribers: true,
                  redisOptions: settings,
                }),
            },
      );
      for (let count = 0; count < 3; count++) await store.createRun(request);
      // So that the script is known.
      await store.claim({ ...claimRequest, limit: 0 });
      proxy.loseAnswerTo('"w"');
      const { claims } = await store.claim(claimRequest);
      expect(proxy.lost).toBe(1);
      expect(claims).toHaveLength(1);
      const { runs } = await store.listRuns({ status: "running", limit: 10 });
      expect(runs.map(({ runId }) => runId)).toEqual(claims.map(({ token }) => token.runId));
      await store.close();
    });
  },
);
