/**
 * What befalls Redis under load (E8, E9): it is killed and started again, with and without its last second, its connections
 * are cut, it forgets its scripts, its memory is full. Every run completes.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { expect, test } from "vitest";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";
import { ask } from "../store/redis/replica.ts";
import { createRandom, outputOf, persist, SEED, startJobs } from "./fleet/jobs.ts";
import { createLedger, findProblems, type Ledger } from "./fleet/ledger.ts";
import { createFleet } from "./fleet/worker-fleet.ts";

const ROUNDS = Number(process.env["ALDER_ROUNDS"] ?? 3);
const RUNS_PER_ROUND = Number(process.env["ALDER_RUNS_PER_ROUND"] ?? 60);
const LOST_MS = 1_000;

interface Weather {
  readonly server: RedisServer;
  readonly store: Store;
  readonly random: () => number;
}

interface Outcome {
  /** The run of each job, as it was started last. */
  readonly runIds: readonly string[];
  readonly store: Store;
  readonly ledger: Ledger;
  /** Jobs whose start was lost, and made again. */
  readonly startedAgain: number;
}

/** What is wrong. Jobs are started and executed while something happens to Redis, again and again, until all of them have completed. */
async function weather(
  appendonly: "always" | "everysec",
  happen: (weather: Weather) => Promise<void>,
  check: (outcome: Outcome) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const random = createRandom();
  const server = await startRedis({ appendonly, settings: ["--auto-aof-rewrite-percentage", "0"] });
  const store = createRedisStore({ url: server.url, retryForMs: 10_000, durability: appendonly });
  const client = createStoreClient(store);
  const ledger = createLedger();
  const fleet = await createFleet({ url: server.url, ledgerFile: ledger.file, size: 2, concurrency: 20 });
  try {
    await fleet.start();
    const runIds: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const numbers = Array.from({ length: RUNS_PER_ROUND }, (_, index) => runIds.length + index);
      runIds.push(...(await startJobs(client, numbers.slice(0, RUNS_PER_ROUND / 2))));
      await pause(random() * 200);
      const happened = happen({ server, store, random });
      runIds.push(...(await startJobs(client, numbers.slice(RUNS_PER_ROUND / 2))));
      await happened;
    }
    let startedAgain = 0;
    for (const [number, runId] of runIds.entries()) {
      const last = await untilCompleted(client, number, runId);
      if (last === runId) continue;
      startedAgain += 1;
      runIds[number] = last;
    }
    console.log(
      `${runIds.length} runs, ${ROUNDS} rounds, seed ${SEED}, ${ledger.repeats()} steps again, ${startedAgain} started again`,
    );
    return await check({ runIds, store, ledger, startedAgain });
  } finally {
    await fleet.stop();
    await store.close();
    await server.stop();
    ledger.remove();
  }
}

/** The run a job has completed in: one that is not there any more is started again by whoever wanted it. */
async function untilCompleted(client: StoreClient, number: number, first: string): Promise<string> {
  for (let runId = first; ;) {
    try {
      const view = await persist(() => client.waitForEnd(runId));
      const completed = { status: "completed", output: outputOf(number) };
      expect(view, `seed ${SEED}: ${view.error?.message}`).toMatchObject(completed);
      return runId;
    } catch (error) {
      if ((error as { code?: string }).code !== "unknown_run") throw error;
      runId = (await startJobs(client, [number]))[0]!;
    }
  }
}

async function findAnyLoss({ runIds, store, ledger, startedAgain }: Outcome): Promise<readonly string[]> {
  const problems = await findProblems(store, runIds, ledger);
  return startedAgain === 0 ? problems : [`${startedAgain} runs were not there`, ...problems];
}

const long = { timeout: 3_600_000 };

test("killed, with every write on its disk: nothing that was acknowledged is lost", long, async () => {
  const die = async ({ server, random }: Weather): Promise<void> => {
    await server.kill();
    await pause(random() * 1_500);
    await server.restart();
  };
  expect(await weather("always", die, findAnyLoss), `seed ${SEED}`).toEqual([]);
});

test("its machine dies, with a second at risk: what was lost is noticed and done again", long, async () => {
  const die = async ({ server, random }: Weather): Promise<void> => {
    const kept = server.keptUntilNow();
    await pause(LOST_MS);
    await server.kill();
    await kept.forgetTheRest();
    await pause(random() * 500);
    await server.restart();
  };
  // A step whose completion was lost is executed again: that is what is at risk. The streams are whole all the same.
  const check = async ({ runIds, store, ledger, startedAgain }: Outcome): Promise<readonly string[]> => {
    const isLost = ledger.repeats() > 0 && startedAgain > 0;
    expect(isLost, "nothing was lost: this test tests nothing").toBe(true);
    return findProblems(store, runIds);
  };
  expect(await weather("everysec", die, check), `seed ${SEED}`).toEqual([]);
});

test("connections are cut and scripts forgotten", long, async () => {
  const cut = async ({ server, random }: Weather): Promise<void> => {
    for (let times = 0; times < 5; times++) {
      await ask(server, async (redis) => {
        await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
        await redis.script("FLUSH");
      });
      await pause(random() * 100);
    }
  };
  expect(await weather("everysec", cut, findAnyLoss), `seed ${SEED}`).toEqual([]);
});

test("its memory is full for longer than a lease: starts are refused, no run is lost", long, async () => {
  const fill = async ({ server, store }: Weather): Promise<void> => {
    await ask(server, (redis) => redis.config("SET", "maxmemory", "1"));
    const refused = store.createRun({ workflow: "job", queue: "job", input: { name: "refused" } });
    await expect(refused).rejects.toMatchObject({ code: "store_full" });
    await pause(2_000);
    await ask(server, (redis) => redis.config("SET", "maxmemory", "0"));
  };
  const check = async (outcome: Outcome): Promise<readonly string[]> => {
    const client = createStoreClient(outcome.store);
    // Leases were renewed: no owner was lost.
    const views = await Promise.all(outcome.runIds.map((runId) => client.view(runId)));
    expect(views.filter(({ recoveries }) => recoveries > 0)).toEqual([]);
    return findAnyLoss(outcome);
  };
  expect(await weather("everysec", fill, check), `seed ${SEED}`).toEqual([]);
});
