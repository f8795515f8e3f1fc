/** @jsxImportSource @alder/core */
/**
 * A Redis that comes back without what it had acknowledged: the run is claimed anew and what was lost is done again, readers
 * learn that their cursor is of a stream that is no more, and nothing is silently wrong (E8, E9). Where replicas are waited
 * for, nothing that counts is lost.
 */
import { setTimeout as pause } from "node:timers/promises";
import { component, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { START, type RunEvent } from "@alder/core/protocol";
import { createRedisStore, type RedisStoreOptions } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { createWorker } from "@alder/core/worker";
import { expect, test } from "vitest";
import { startProxy } from "../store/redis/proxy.ts";
import { startClusterWithReplica } from "../store/redis/redis-cluster.ts";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";
import { ask, letLag, PRIMARY, promote, startReplica } from "../store/redis/replica.ts";

/** One way to lose the last writes. */
interface Loss {
  readonly store: RedisStoreOptions;
  /** What is written after this is lost. */
  readonly keepUntilHere: () => Promise<void>;
  readonly lose: () => Promise<void>;
  readonly end: () => Promise<void>;
}

async function restartedFromSnapshot(): Promise<Loss> {
  const server = await startRedis();
  return {
    store: { url: server.url },
    keepUntilHere: () => ask(server, async (redis) => void (await redis.save())),
    lose: () => server.restart(),
    end: () => server.stop(),
  };
}

async function laggingReplica(): Promise<Loss & { readonly addReplica: () => Promise<RedisServer> }> {
  const primary = await startRedis({ settings: PRIMARY });
  const replica = await startReplica(primary);
  const address = await startProxy(primary.port);
  return {
    store: { url: address.url },
    keepUntilHere: () => letLag(primary, replica),
    async lose() {
      await promote(primary, replica);
      address.leadTo(replica.port);
    },
    addReplica: () => startReplica(replica),
    async end() {
      await address.close();
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}

async function laggingReplicaInCluster(): Promise<Loss> {
  const cluster = await startClusterWithReplica("alder:{p0}");
  return {
    // Beside other tests a cluster may take longer than ten seconds to find its new primary; that is not what is tested.
    store: { cluster: cluster.urls, retryForMs: 60_000 },
    keepUntilHere: () => letLag(cluster.primary, cluster.replica),
    async lose() {
      await cluster.primary.kill();
      process.kill(cluster.replica.pid, "SIGCONT");
      await ask(cluster.replica, (redis) => redis.call("CLUSTER", "FAILOVER", "TAKEOVER"));
    },
    end: () => cluster.stop(),
  };
}

/** A workflow of four steps that wait until they are let go on. */
function createLetters() {
  const executed: string[] = [];
  const gates = new Map<string, () => void>();
  const Work = component("Work", async ({ of }: { of: string }) => {
    executed.push(of);
    const isFirst = !gates.has(of);
    if (isFirst) await new Promise<void>((resolve) => gates.set(of, resolve));
    return of;
  });
  const Letters = workflow("letters", async () => {
    const done: string[] = [];
    for (const of of ["a", "b", "c", "d"]) done.push(await Work.run({ of }));
    return done.join("");
  });
  const open = (...steps: readonly string[]): void => {
    for (const of of steps) {
      gates.get(of)?.();
      gates.set(of, () => {});
    }
  };
  return { Letters, executed, open, hasBegun: (of: string) => gates.has(of) };
}

async function readAll(store: Store, runId: string): Promise<readonly RunEvent[]> {
  const page = await store.readEvents(runId, START, 1_000);
  return page.outcome === "events" ? page.events : [];
}

test.each([
  ["restarted from a snapshot", restartedFromSnapshot],
  ["of which a lagging replica was promoted", laggingReplica],
  ["a cluster in which a lagging replica took over", laggingReplicaInCluster],
])(
  "of a Redis %s, a worker does again what was lost, and only that",
  { timeout: 120_000 },
  async (_, start) => {
    const loss = await start();
    const store = createRedisStore(loss.store);
    const { Letters, executed, open, hasBegun } = createLetters();
    const client = createStoreClient(store);
    const worker = createWorker({ store, workflows: [Letters], leaseMs: 6_000, onError: () => {} });
    try {
      await worker.start();
      const { run } = await client.start("letters", {});
      const { runId } = run;
      /** Resolves with the last event, once this step is under way; those before it are finished. */
      const under = async (of: string): Promise<RunEvent> => {
        while (!hasBegun(of) || (await readAll(store, runId)).at(-1)?.type !== "step.started") await pause(5);
        return (await readAll(store, runId)).at(-1)!;
      };
      await under("a");
      open("a");
      await under("b");
      await loss.keepUntilHere();
      open("b");
      const seen = await under("c");
      await loss.lose();

      // A reader that has seen more is told, and reads again from the start.
      expect(await store.readEvents(runId, seen, 10)).toEqual({ outcome: "reset" });
      const lostAt = await store.now();
      open("c", "d");
      const view = await client.waitForEnd(runId);
      expect(view).toMatchObject({ status: "completed", output: "abcd", recoveries: 1 });
      const events = await readAll(store, runId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
      expect(events.filter(({ type }) => type === "step.completed")).toHaveLength(4);
      // The worker that noticed says so: nobody waits for its lease to end.
      expect(events.find(({ type }) => type === "run.recovered")!.at - lostAt).toBeLessThan(4_500);
      // "a" was kept, and so is not done again; "b", and "c" which was under way, are.
      expect(executed.join("")).toBe("abcbcd");
    } finally {
      await worker.stop();
      await store.close();
      await loss.end();
    }
  },
);

test("where replicas are waited for, nothing begins that depends on what only the primary has", async () => {
  const loss = await laggingReplica();
  const durability = { replicas: 1, waitMs: 100 };
  const store = createRedisStore({ ...loss.store, durability, retryForMs: 60_000, onNotice: () => {} });
  // One that does not wait.
  const plain = createRedisStore(loss.store);
  const { Letters, executed, open, hasBegun } = createLetters();
  const client = createStoreClient(plain);
  const worker = createWorker({ store, workflows: [Letters], leaseMs: 30_000, onError: () => {} });
  try {
    await worker.start();
    const { runId } = (await client.start("letters", {})).run;
    while (!hasBegun("a")) await pause(5);
    open("a");
    while (!hasBegun("b")) await pause(5);
    await loss.keepUntilHere();
    const completed = async (): Promise<number> =>
      (await readAll(plain, runId)).filter(({ type }) => type === "step.completed").length;
    open("b");
    while ((await completed()) < 2) await pause(5);
    // Longer than a step takes to begin, and less than the lease: the replica knows of no renewal since it lags, and whoever
    // reaps first would take the run for lost.
    await pause(1_500);
    expect(executed.join("")).toBe("ab");
    await loss.lose();
    expect(await completed()).toBe(1);
    const another = await loss.addReplica();
    open("c", "d");
    const view = await client.waitForEnd(runId);
    expect(view).toMatchObject({ status: "completed", output: "abcd", recoveries: 0 });
    // What was not acknowledged was sent again to the primary of now: nothing is done twice.
    expect(executed.join("")).toBe("abcd");
    await another.stop();
  } finally {
    await worker.stop();
    await store.close();
    await plain.close();
    await loss.end();
  }
});
