/**
 * E8 with whole processes on Redis: a worker that is silent past its lease, for whatever reason, loses its run to another,
 * and nothing it writes when it is back is accepted.
 *
 * A worker renews its leases, asks for work and writes over one connection, so it does all of that or nothing. The other
 * one only tells it to look sooner.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { START, type RunEvent } from "@alder/core/protocol";
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startProxy, type Proxy } from "../store/redis/proxy.ts";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";
import { startProgram } from "./start-program.ts";

const STEPS = 5;

let folder: string;
let ledgerFile: string;
// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000 });

let server: RedisServer;
let proxy: Proxy;
let store: Store;
let client: StoreClient;
let workers: ChildProcess[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "alder-zombie-"));
  ledgerFile = join(folder, "ledger");
  writeFileSync(ledgerFile, "");
  server = await startRedis();
  proxy = await startProxy(server.port);
  store = createRedisStore({ url: server.url });
  client = createStoreClient(store);
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await store.close();
  await proxy.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startWorker(address: string): Promise<ChildProcess> {
  const worker = await startProgram("slow.tsx", [address, ledgerFile, "1000"]);
  workers.push(worker);
  return worker;
}

async function readAll(runId: string): Promise<readonly RunEvent[]> {
  const page = await store.readEvents(runId, START, 100_000);
  return page.outcome === "events" ? page.events : [];
}

async function until(runId: string, type: RunEvent["type"], count = 1): Promise<void> {
  while ((await readAll(runId)).filter((event) => event.type === type).length < count) await pause(10);
}

/** Starts a run on a worker behind the proxy, and another worker beside it once the first is in the middle of it. */
async function startRun(): Promise<{ readonly runId: string; readonly first: ChildProcess }> {
  const first = await startWorker(proxy.url);
  const second = await startWorker(server.url);
  second.kill("SIGSTOP");
  const { run } = await client.start("slow", { steps: STEPS });
  await until(run.runId, "step.completed", 1);
  second.kill("SIGCONT");
  return { runId: run.runId, first };
}

const silences: {
  readonly name: string;
  readonly begin: (first: ChildProcess) => void;
  readonly end: (first: ChildProcess) => void;
}[] = [
  { name: "it is stopped", begin: (first) => first.kill("SIGSTOP"), end: (first) => first.kill("SIGCONT") },
  { name: "its event loop is blocked", begin: (first) => first.kill("SIGUSR2"), end: () => {} },
  {
    name: "nothing passes between it and Redis",
    begin: () => proxy.silence("all"),
    end: () => proxy.silence("none"),
  },
  {
    name: "nothing passes on the connection it writes on",
    begin: () => proxy.silence("asking"),
    end: () => proxy.silence("none"),
  },
];

test.each(silences)(
  "a worker loses its run when $name, and writes nothing to it any more",
  async ({ begin, end }) => {
    const { runId, first } = await startRun();
    begin(first);
    await until(runId, "run.recovered");
    // The other one is at work on it when the first comes back, with what it has had to say all the time.
    await pause(100);
    end(first);
    const view = await client.waitForEnd(runId);
    expect(view).toMatchObject({ status: "completed", output: STEPS, recoveries: 1 });
    // Had it been let, it would have written on.
    await pause(500);

    const events = await readAll(runId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const recovered = events.findIndex(({ type }) => type === "run.recovered");
    const owner = events[recovered]!.fence;
    expect(new Set(events.slice(recovered).map(({ fence }) => fence))).toEqual(new Set([owner]));
    expect(events.filter(({ type }) => type === "run.completed")).toHaveLength(1);
    expect(events.filter(({ type }) => type === "step.completed")).toHaveLength(STEPS);
    // E1: what was finished before was not executed again, and of the rest only what was under way.
    const executions = readFileSync(ledgerFile, "utf8").trim().split("\n").length;
    expect(executions).toBeLessThanOrEqual(STEPS + 1);

    // It goes on as a worker: alone, it takes the next run.
    workers.at(-1)!.kill("SIGKILL");
    const next = await client.start("slow", { steps: 1 });
    expect(await client.waitForEnd(next.run.runId)).toMatchObject({ status: "completed", output: 1 });
  },
);

test("a worker that only does not hear of work any more keeps its run, and finds work by itself", async () => {
  const first = await startWorker(proxy.url);
  const { run } = await client.start("slow", { steps: 3 });
  await until(run.runId, "step.completed", 1);
  proxy.silence("listening");
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", executions: 1 });
  const next = await client.start("slow", { steps: 1 });
  expect(await client.waitForEnd(next.run.runId)).toMatchObject({ status: "completed", executions: 1 });
  expect(first.exitCode).toBe(null);
});
