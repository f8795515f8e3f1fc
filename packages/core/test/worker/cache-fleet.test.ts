/** Values that runs share, over processes of their own: one makes it, whoever dies. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import { START, type RunView, type StepView } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openStoreAt } from "../store/open-store-at.ts";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";
import { startProgram } from "./start-program.ts";

const LEASE_MS = 3_000;

// Processes start slowly where others are at work.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe.each(["SQLite", "Redis"])("on %s", (kind) => {
  let folder: string;
  let server: RedisServer | undefined;
  let address: string;
  let ledgerFile: string;
  let store: Store;
  let client: StoreClient;
  let workers: ChildProcess[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "alder-cache-"));
    server = kind === "Redis" ? await startRedis() : undefined;
    address = server?.url ?? join(folder, "runs.db");
    ledgerFile = join(folder, "ledger");
    store = openStoreAt(address);
    client = createStoreClient(store);
    workers = [];
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill("SIGKILL");
    await store.close();
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  /** Two workers that know nothing of each other's deaths but by leases. */
  async function startWorkers(tookMs: number): Promise<void> {
    const given = [address, ledgerFile, `${tookMs}`, `${LEASE_MS}`];
    workers = await Promise.all([
      startProgram("cached.tsx", given, ["elsewhere.mjs"]),
      startProgram("cached.tsx", given),
    ]);
  }

  const startRuns = async (count: number, question: (index: number) => string): Promise<readonly string[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const { run } = await client.start("ask", { question: question(index) });
        return run.runId;
      }),
    );
  const endOf = (runIds: readonly string[]): Promise<readonly RunView[]> =>
    Promise.all(runIds.map((runId) => client.waitForEnd(runId, { timeoutMs: 90_000 })));
  const calls = (): readonly string[] =>
    existsSync(ledgerFile) ? readFileSync(ledgerFile, "utf8").trim().split("\n") : [];
  async function ownerOf(runId: string): Promise<string | undefined> {
    const page = await store.readEvents(runId, START, 10);
    const events = page.outcome === "events" ? page.events : [];
    return events.flatMap((event) => (event.type === "run.started" ? [event.worker] : []))[0];
  }
  const stepOf = ({ steps }: RunView): StepView => Object.values(steps)[0]!;
  async function firstCaller(): Promise<ChildProcess> {
    while (calls().length === 0) await pause(10);
    return workers.find(({ pid }) => calls()[0]!.startsWith(`${pid} `))!;
  }

  test("100 runs that need the same at the same time make one call", async () => {
    await startWorkers(1_000);
    const runIds = await startRuns(100, () => "why");
    const views = await endOf(runIds);
    expect(calls()).toHaveLength(1);
    expect(new Set(views.map(({ output }) => output)).size).toBe(1);
    expect(views.every(({ status }) => status === "completed")).toBe(true);
    expect(views.filter((view) => stepOf(view).cachedAt !== null)).toHaveLength(99);
    const owners = await Promise.all(runIds.map(ownerOf));
    expect(new Set(owners).size).toBe(2);
  });

  test("what differs is called for by itself, once each", async () => {
    await startWorkers(100);
    await endOf(await startRuns(60, (index) => `q${index % 6}`));
    const asked = calls().map((line) => line.split(" ")[1]!);
    expect(asked.toSorted()).toEqual(["q0", "q1", "q2", "q3", "q4", "q5"]);
    await endOf(await startRuns(12, (index) => `q${index % 6}`));
    expect(calls()).toHaveLength(6);
  });

  test("when the worker that makes it is killed, another makes it within a lease, and nobody waits for ever", async () => {
    await startWorkers(1_000);
    const runIds = await startRuns(40, () => "why");
    const leader = await firstCaller();
    await pause(300);
    leader.kill("SIGKILL");
    const killedAt = performance.now();
    await once(leader, "exit");
    while (calls().length < 2) await pause(10);
    // It had been renewed up to the moment of its death; then somebody has to look.
    expect(performance.now() - killedAt).toBeLessThan(LEASE_MS + 3_000);
    const views = await endOf(runIds);
    expect(views.map(({ status }) => status)).toEqual(runIds.map(() => "completed"));
    expect(calls()).toHaveLength(2);
    expect(new Set(views.map(({ output }) => output)).size).toBe(1);
  });
});
