/**
 * E1, E8, E9 with whole processes: workers are killed all the time, Redis is killed and started again every few seconds,
 * and every run completes once, with no finished step executed again and no gap or repeat in any stream.
 *
 * `npm run chaos` does it at full size. ALDER_SEED repeats the times of a run of it, as far as processes can be repeated.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient } from "@alder/core/client";
import { START, type RunEvent } from "@alder/core/protocol";
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";

const PROGRAM = new URL("programs/fleet.tsx", import.meta.url).pathname;
const RUNS = Number(process.env["ALDER_RUNS"] ?? 120);
const KILLS = Number(process.env["ALDER_KILLS"] ?? 15);
const WORKERS = 3;
const REDIS_LIFE_MS = 5_000;
/** A worker is not killed before it could have done something. */
const WORKER_LIFE_MS = 500;
const SEED = Number(process.env["ALDER_SEED"] ?? Date.now() % 1_000_000);

let folder: string;
let ledgerFile: string;
let server: RedisServer;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "alder-fleet-"));
  ledgerFile = join(folder, "ledger");
  writeFileSync(ledgerFile, "");
  // Nothing that was acknowledged may be lost.
  server = await startRedis({ appendonly: "always" });
  store = createRedisStore({ url: server.url, retryForMs: 30_000 });
});
afterEach(async () => {
  await store.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(
  `${RUNS} runs survive ${KILLS} kills of their workers, and of Redis`,
  { timeout: 3_600_000 },
  async () => {
    console.log(`seed ${SEED}`);
    const random = seeded(SEED);
    const fleet = createFleet(server.url);
    const restarts = createRestarts(server);
    try {
      await fleet.start();
      const client = createStoreClient(store);
      const runIds: string[] = [];
      const startSome = async (count: number): Promise<void> => {
        for (let index = 0; index < count; index++) {
          const name = `job ${runIds.length}`;
          const { run } = await client.start("job", { name }, { idempotencyKey: name });
          runIds.push(run.runId);
        }
      };
      // Started as they go: there is work until the last kill.
      for (let kill = 0; kill < KILLS; kill++) {
        await startSome(Math.ceil((RUNS - runIds.length) / (KILLS - kill)));
        await pause(100 + random() * 400);
        await fleet.kill(random());
      }
      let crashLoops = 0;
      for (const [index, runId] of runIds.entries()) {
        let view = await client.waitForEnd(runId);
        // Three owners in a row that were killed before they could finish a step are a crash loop, and told as one.
        while (view.error?.code === "crash_loop") {
          crashLoops += 1;
          await client.retry(runId);
          view = await client.waitForEnd(runId);
        }
        const output = `job ${index} left! job ${index} right!!`;
        expect(view, `seed ${SEED}: ${view.error?.message}`).toMatchObject({ status: "completed", output });
      }
      await restarts.stop();
      await checkStreams(runIds);
      const told = `${fleet.kills} kills of workers, ${restarts.count} of Redis, ${crashLoops} crash loops retried`;
      console.log(`${told}, ${repeatedSteps()} steps cut off and executed again`);
    } finally {
      await restarts.stop();
      fleet.stop();
    }
  },
);

async function checkStreams(runIds: readonly string[]): Promise<void> {
  const executions = readLedger();
  for (const runId of runIds) {
    const page = await store.readEvents(runId, START, 10_000);
    const events: readonly RunEvent[] = page.outcome === "events" ? page.events : [];
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const fences = events.map(({ fence }) => fence).filter((fence) => fence > 0);
    expect(fences).toEqual(fences.toSorted((left, right) => left - right));
    expect(events.filter(({ type }) => type === "run.completed")).toHaveLength(1);
    expect(events.at(-1)?.type).toBe("run.completed");
    const completed = events.flatMap((event) => (event.type === "step.completed" ? [event] : []));
    const steps = completed.map(({ step }) => step);
    expect(new Set(steps).size).toBe(steps.length);
    for (const { step, at } of completed) {
      for (const executedAt of executions.get(`${runId}:${step}`) ?? []) {
        expect(executedAt, `seed ${SEED}: step ${step} of ${runId} again`).toBeLessThanOrEqual(at);
      }
    }
  }
}

/** When each step was executed, by its idempotency key. */
function readLedger(): ReadonlyMap<string, readonly number[]> {
  const executions = new Map<string, number[]>();
  for (const line of readFileSync(ledgerFile, "utf8").split("\n")) {
    const [at = "", key = ""] = line.split(" ");
    if (key !== "") executions.set(key, [...(executions.get(key) ?? []), Number(at)]);
  }
  return executions;
}

function repeatedSteps(): number {
  return [...readLedger().values()].reduce((sum, times) => sum + times.length - 1, 0);
}

/** Workers of which there are always as many: one that is killed is replaced. */
function createFleet(url: string) {
  /** Until when they are spared; undefined until they claim. */
  const workers = new Map<ChildProcess, number | undefined>();
  let kills = 0;
  const spawnOne = (): Promise<void> => {
    const given = ["--conditions=alder-source", "--import", "tsx", PROGRAM, url, ledgerFile];
    const worker = spawn(process.execPath, given, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    workers.set(worker, undefined);
    return new Promise((resolve) => {
      worker.stdout.once("data", () => {
        workers.set(worker, performance.now() + WORKER_LIFE_MS);
        resolve();
      });
    });
  };
  const old = (): readonly ChildProcess[] =>
    [...workers.keys()].filter((worker) => (workers.get(worker) ?? Infinity) < performance.now());
  return {
    get kills() {
      return kills;
    },
    start: async () => void (await Promise.all(Array.from({ length: WORKERS }, spawnOne))),
    /** Kills one of those that have worked for a while; waits where there is none. */
    async kill(chance: number): Promise<void> {
      while (old().length === 0) await pause(20);
      const victim = old()[Math.floor(chance * old().length)]!;
      workers.delete(victim);
      victim.kill("SIGKILL");
      await once(victim, "exit");
      kills += 1;
      void spawnOne();
    },
    stop(): void {
      for (const worker of workers.keys()) worker.kill("SIGKILL");
    },
  };
}

/** Kills the server and starts it again, every few seconds. */
function createRestarts(of: RedisServer) {
  let count = 0;
  let stopped = false;
  const stop = new AbortController();
  const running = (async () => {
    while (!stopped) {
      await pause(REDIS_LIFE_MS, undefined, { signal: stop.signal }).catch(() => {});
      if (stopped) return;
      await of.restart();
      count += 1;
    }
  })();
  return {
    get count() {
      return count;
    },
    async stop(): Promise<void> {
      stopped = true;
      stop.abort();
      await running;
    },
  };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
