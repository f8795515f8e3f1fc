/**
 * E1, E8, E9 with whole processes: workers are killed all the time, Redis is killed and started again every few seconds,
 * and every run completes once, with no finished step executed again and no gap or repeat in any stream.
 *
 * `npm run chaos` does it at full size. ALDER_SEED repeats the times of a run of it, as far as processes can be repeated.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import { expect, test } from "vitest";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";
import { createRandom, outputOf, SEED, startJobs } from "./fleet/jobs.ts";
import { createLedger, findProblems } from "./fleet/ledger.ts";
import { createFleet } from "./fleet/worker-fleet.ts";

const RUNS = Number(process.env["ALDER_RUNS"] ?? 120);
const KILLS = Number(process.env["ALDER_KILLS"] ?? 15);
const REDIS_LIFE_MS = [5_000, 10_000] as const;

test(
  `${RUNS} runs survive ${KILLS} kills of their workers, and of Redis`,
  { timeout: 3_600_000 },
  async () => {
    console.log(`seed ${SEED}`);
    const random = createRandom();
    // Nothing that was acknowledged may be lost.
    const server = await startRedis({ appendonly: "always" });
    const store = createRedisStore({ url: server.url, retryForMs: 30_000, durability: "always" });
    const client = createStoreClient(store);
    const ledger = createLedger();
    const settings = { url: server.url, ledgerFile: ledger.file, size: 3, concurrency: 20 };
    // The default. Redis is away for shorter, so that no owner is lost but by its death, which is noticed at once.
    const fleet = await createFleet({ ...settings, leaseMs: 6_000 });
    await fleet.start();
    const restarts = createRestarts(server, random);
    try {
      const runIds: string[] = [];
      // Started as they go: there is work until the last kill.
      for (let kill = 0; kill < KILLS; kill++) {
        const count = Math.ceil((RUNS - runIds.length) / (KILLS - kill));
        const numbers = Array.from({ length: count }, (_, index) => runIds.length + index);
        runIds.push(...(await startJobs(client, numbers)));
        await pause(100 + random() * 400);
        await fleet.kill(random());
      }
      for (const [index, runId] of runIds.entries()) {
        const view = await client.waitForEnd(runId);
        const completed = { status: "completed", output: outputOf(index) };
        expect(view, `seed ${SEED}: ${view.error?.message}`).toMatchObject(completed);
      }
      await restarts.stop();
      expect(await findProblems(store, runIds, ledger), `seed ${SEED}`).toEqual([]);
      const told = `${runIds.length} runs, ${fleet.kills} kills of workers, ${restarts.count} of Redis`;
      console.log(`${told}, ${ledger.repeats()} steps cut off and executed again`);
    } finally {
      await restarts.stop();
      await fleet.stop();
      await store.close();
      await server.stop();
      ledger.remove();
    }
  },
);

/** Kills the server and starts it again, every few seconds. */
function createRestarts(of: RedisServer, random: () => number) {
  let count = 0;
  const stop = new AbortController();
  const running = (async () => {
    for (;;) {
      const [least, most] = REDIS_LIFE_MS;
      await pause(least + random() * (most - least), undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      await of.restart();
      count += 1;
    }
  })();
  return {
    get count() {
      return count;
    },
    async stop(): Promise<void> {
      stop.abort();
      await running;
    },
  };
}
