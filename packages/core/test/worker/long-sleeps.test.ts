/** Timers that come due while every worker is down fire once, after some are there again; a backlog keeps nobody waiting. */
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import { expect, test } from "vitest";
import { startRedis } from "../store/redis/redis-server.ts";
import { createLedger, findProblems } from "./fleet/ledger.ts";
import { startJobs } from "./fleet/jobs.ts";
import { createFleet } from "./fleet/worker-fleet.ts";

const TIMERS = Number(process.env["ALDER_TIMERS"] ?? 150);
const BACKLOG = Number(process.env["ALDER_BACKLOG"] ?? 500);
/** Time enough to park them all before the first is due. */
const PARKING_MS = 6_000 + TIMERS * 8;

const long = { timeout: 3_600_000 };

test(`${TIMERS} runs whose timers come due while every worker is down`, long, async () => {
  const server = await startRedis({ appendonly: "everysec" });
  const store = createRedisStore({ url: server.url });
  const ledger = createLedger();
  const settings = { url: server.url, ledgerFile: ledger.file, concurrency: 200, leaseMs: 15_000 };
  const before = await createFleet({ ...settings, size: 2 });
  const after = await createFleet({ ...settings, size: 2 });
  try {
    await before.start();
    const until = Date.now() + PARKING_MS;
    const runIds: string[] = [];
    for (let left = TIMERS; left > 0; left -= 100) {
      const request = { workflow: "later", queue: "later", input: { until } };
      const made = await Promise.all(
        Array.from({ length: Math.min(100, left) }, () => store.createRun(request)),
      );
      for (const result of made) if (result.outcome === "created") runIds.push(result.run.runId);
    }
    for (const runId of runIds) while ((await store.readRun(runId))?.status !== "waiting") await pause(10);
    await before.stop();
    expect(Date.now(), "they were parked in time").toBeLessThan(until);
    await pause(until + 1_000 - Date.now());
    expect(ledger.read().size, "nobody was there").toBe(0);
    await after.start();
    const startedAt = Date.now();
    for (const runId of runIds) while ((await store.readRun(runId))?.endedAt === null) await pause(10);
    console.log(`${TIMERS} timers had fired ${Date.now() - startedAt} ms after workers were there again`);
    expect(await findProblems(store, runIds, ledger)).toEqual([]);
    expect([ledger.read().size, ledger.repeats()]).toEqual([TIMERS, 0]);
  } finally {
    await before.stop();
    await after.stop();
    await store.close();
    await server.stop();
    ledger.remove();
  }
});

test(`a backlog of ${BACKLOG} runs on one queue keeps no run on another waiting`, long, async () => {
  const server = await startRedis();
  const store = createRedisStore({ url: server.url });
  const client = createStoreClient(store);
  const ledger = createLedger();
  const fleet = await createFleet({ url: server.url, ledgerFile: ledger.file, size: 1, concurrency: 20 });
  try {
    // The manifests are there once a worker was.
    await fleet.start();
    await fleet.stop();
    await startJobs(
      client,
      Array.from({ length: BACKLOG }, (_, number) => number),
    );
    const { run } = await client.start("later", { until: 0 });
    await fleet.start();
    await client.waitForEnd(run.runId);
    const waiting = (await store.listRuns({ workflow: "job", status: "queued", limit: BACKLOG })).runs.length;
    console.log(`${waiting} of ${BACKLOG} were waiting when it had ended`);
    expect(waiting).toBeGreaterThan(BACKLOG / 2);
  } finally {
    await fleet.stop();
    await store.close();
    await server.stop();
    ledger.remove();
  }
});
