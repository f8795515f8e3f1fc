/** How soon a run goes on elsewhere, at default settings: when its worker's machine is gone, and when it is told to go (E8). */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { START, type RunEvent } from "@alder/core/protocol";
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";
import { startProgram } from "./start-program.ts";

const STEPS = 4;

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000 });

let server: RedisServer;
let store: Store;
let client: StoreClient;
let workers: ChildProcess[];
beforeEach(async () => {
  server = await startRedis();
  store = createRedisStore({ url: server.url });
  client = createStoreClient(store);
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await store.close();
  await server.stop();
});

/** A run on a worker of another machine, in the middle, with a worker of this one beside it. */
async function startRun(): Promise<{ readonly runId: string; readonly first: ChildProcess }> {
  const first = await startProgram("slow.tsx", [server.url, "/dev/null"], ["elsewhere.mjs"]);
  const second = await startProgram("slow.tsx", [server.url, "/dev/null"]);
  workers.push(first, second);
  second.kill("SIGSTOP");
  const { run } = await client.start("slow", { steps: STEPS });
  for await (const { events } of client.follow(run.runId)) {
    if (events.some(({ type }) => type === "step.completed")) break;
  }
  second.kill("SIGCONT");
  return { runId: run.runId, first };
}

async function find(runId: string, type: RunEvent["type"]): Promise<RunEvent> {
  const page = await store.readEvents(runId, START, 10_000);
  const found = page.outcome === "events" ? page.events.findLast((event) => event.type === type) : undefined;
  expect(found, `there is no ${type}`).toBeDefined();
  return found!;
}

test("a run whose worker's machine is gone goes on within 8 seconds", async () => {
  const { runId, first } = await startRun();
  const killedAt = await store.now();
  first.kill("SIGKILL");
  const view = await client.waitForEnd(runId);
  expect(view).toMatchObject({ status: "completed", output: STEPS, recoveries: 1 });
  const tookMs = (await find(runId, "run.recovered")).at - killedAt;
  // Not sooner than its lease could have ended, or it was not by its lease.
  expect(tookMs).toBeGreaterThan(4_000);
  expect(tookMs).toBeLessThan(8_000);
});

test("a run whose worker is told to go is on another within a second of being handed over, and the process ends with 0", async () => {
  const { runId, first } = await startRun();
  first.kill("SIGTERM");
  const [exitCode] = (await once(first, "exit")) as [number | null];
  expect(exitCode).toBe(0);
  const view = await client.waitForEnd(runId);
  expect(view).toMatchObject({ status: "completed", output: STEPS, recoveries: 0, executions: 2 });
  const handedOver = await find(runId, "run.queued");
  expect(handedOver).toMatchObject({ reason: "handed_over" });
  expect((await find(runId, "run.started")).at - handedOver.at).toBeLessThan(1_000);
});
