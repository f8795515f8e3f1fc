/** @jsxImportSource @alder/core */
/** E4 and E7 through a worker and a store: what becomes of a run whose code has changed, and of one that is retried. */
import { createStoreClient, type StoreClient } from "@alder/core/client";
import type { RunEvent, RunView } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker, type Worker, type WorkerOptions } from "@alder/core/worker";
import { component, use, WaitFor, Sequence, workflow } from "@alder/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { runToEnd } from "../../src/worker/run-to-end.ts";

let store: Store;
let client: StoreClient;
let workers: Worker[];
let executed: string[];
let isBroken: boolean;
beforeEach(() => {
  store = createMemoryStore();
  client = createStoreClient(store);
  workers = [];
  executed = [];
  isBroken = false;
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await store.close();
});

const Step = component("Step", async ({ v }: { v: string }) => {
  executed.push(v);
  if (isBroken && v === "b") throw new Error("b is broken");
  return v;
});

/** Two steps, with a wait for a signal between them. */
const program = (first: string, second = "b") =>
  workflow("program", { input: z.object({}), signals: { go: z.string() } }, () => (
    <Sequence>
      <Step v={first} />
      <WaitFor name="go" />
      <Step v={second} />
    </Sequence>
  ));

async function startWorker(code: object, options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = createWorker({
    store,
    workflows: [code],
    parkAfterMs: 0,
    onDivergence: "block",
    ...options,
  });
  workers.push(worker);
  await worker.start();
  return worker;
}

async function until(runId: string, condition: (view: RunView) => boolean): Promise<RunView> {
  for await (const _ of client.follow(runId)) {
    const view = await client.view(runId);
    if (condition(view)) return view;
  }
  throw new Error("the run ended before");
}

const isBlocked = ({ status }: RunView): boolean => status === "blocked";

/** A run of which the first step is done, and nobody executes. */
async function parkedRun(): Promise<string> {
  const worker = await startWorker(program("a"));
  const { run } = await client.start("program", {});
  await until(run.runId, ({ status }) => status === "waiting");
  await worker.stop();
  return run.runId;
}

/** The run is blocked by code that executes "x" in place of "a". */
async function blockedRun(): Promise<{ readonly runId: string; readonly worker: Worker }> {
  const runId = await parkedRun();
  const worker = await startWorker(program("x"));
  await client.signal(runId, "go", "now");
  await until(runId, isBlocked);
  return { runId, worker };
}

async function eventsOf(runId: string): Promise<readonly RunEvent[]> {
  return (await client.read(runId, undefined, 1000)).events;
}

test("the run is blocked, the view says why, and a signal does not wake it", async () => {
  const { runId } = await blockedRun();
  const view = await client.view(runId);
  expect(view).toMatchObject({
    status: "blocked",
    endedAt: null,
    blocked: {
      message: expect.stringContaining("Step in program would be executed with other props"),
      divergence: {
        step: "Step",
        was: { v: "a" },
        now: { v: "x" },
        diff: [{ op: "replace", path: "/v", value: "x" }],
      },
      error: null,
    },
  });
  const { seq } = view;
  await client.signal(runId, "go", "again");
  await store.reap();
  expect((await client.view(runId)).seq).toBe(seq);
  expect(executed).toEqual(["a"]);
  expect((await client.list({ status: "blocked", limit: 10 })).runs).toMatchObject([{ runId }]);
});

test("a worker with the code put back goes on; one with the same code is blocked once more for its start", async () => {
  const { runId, worker } = await blockedRun();
  await worker.stop();
  const again = await startWorker(program("x"));
  const blocked = async (): Promise<number> =>
    (await eventsOf(runId)).filter(({ type }) => type === "run.blocked").length;
  await until(runId, (view) => isBlocked(view) && view.executions === 3);
  expect(await blocked()).toBe(2);
  await again.stop();
  await startWorker(program("a"));
  expect(await client.waitForEnd(runId)).toMatchObject({ status: "completed", output: "b", blocked: null });
  expect(await blocked()).toBe(2);
  expect(executed).toEqual(["a", "b"]);
});

test("accepted, it goes on with the code there is", async () => {
  const { runId } = await blockedRun();
  await client.accept(runId);
  expect(await client.waitForEnd(runId)).toMatchObject({ status: "completed", output: "b", blocked: null });
  expect(executed).toEqual(["a", "x", "b"]);
  await expect(client.accept(runId)).rejects.toMatchObject({ code: "run_not_blocked" });
});

test("accepted while no worker is there, it goes on when one comes, whatever crashes in between", async () => {
  const { runId, worker } = await blockedRun();
  await worker.stop();
  await client.accept(runId);
  expect((await client.run(runId)).status).toBe("queued");
  await startWorker(program("x"));
  expect(await client.waitForEnd(runId)).toMatchObject({ status: "completed" });
  expect(executed).toEqual(["a", "x", "b"]);
});

test("in dev, a run that was accepted or rerun with other code is not said to lead elsewhere when it is replayed", async () => {
  const told: string[] = [];
  const dev = { dev: true, onReplayDifference: ({ runId }: { runId: string }) => void told.push(runId) };
  const accepted = await blockedRun();
  await accepted.worker.stop();
  await client.accept(accepted.runId);
  await startWorker(program("x"), dev);
  expect(await client.waitForEnd(accepted.runId)).toMatchObject({ status: "completed" });
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));

  const rerun = await parkedRun();
  await startWorker(program("x"), { ...dev, onDivergence: "rerun" });
  await client.signal(rerun, "go", "now");
  expect(await client.waitForEnd(rerun)).toMatchObject({ status: "completed", diverged: [{ step: "Step" }] });
  // It is replayed before the worker has stopped.
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  expect(told).toEqual([]);
});

test("a blocked run can be cancelled", async () => {
  const { runId } = await blockedRun();
  expect(await client.cancel(runId)).toBe("cancelled");
  expect(await client.view(runId)).toMatchObject({ status: "cancelled", blocked: null });
});

test("in development the step is executed again, and the view tells", async () => {
  const runId = await parkedRun();
  await startWorker(program("x"), { onDivergence: undefined as never, dev: true });
  await client.signal(runId, "go", "now");
  expect(await client.waitForEnd(runId)).toMatchObject({
    status: "completed",
    diverged: [{ step: "Step", was: { v: "a" }, now: { v: "x" } }],
  });
  expect(executed).toEqual(["a", "x", "b"]);
});

test("a run that failed is retried: finished steps stay, and retention no longer sees its end", async () => {
  isBroken = true;
  await startWorker(program("a"));
  const { run } = await client.start("program", {});
  await client.signal(run.runId, "go", "now");
  expect(await client.waitForEnd(run.runId)).toMatchObject({
    status: "failed",
    error: { message: "b is broken" },
  });
  isBroken = false;
  await client.retry(run.runId);
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "completed", output: "b", error: null });
  expect(executed).toEqual(["a", "b", "b"]);
  const steps = Object.values(view.steps).map(({ name, status, attempt }) => [name, status, attempt]);
  expect(steps).toContainEqual(["Step", "completed", 2]);
  await expect(client.retry(run.runId)).rejects.toMatchObject({ code: "run_completed" });
});

test("a run that was cancelled is retried, and its cancel is not heard again", async () => {
  await startWorker(program("a"));
  const { run } = await client.start("program", {});
  await until(run.runId, ({ status }) => status === "waiting");
  await client.cancel(run.runId);
  await client.waitForEnd(run.runId);
  await client.retry(run.runId);
  await until(run.runId, ({ status }) => status === "waiting");
  await client.signal(run.runId, "go", "now");
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed" });
  expect(executed).toEqual(["a", "b"]);
});

test("a program that executes one workflow to its end is told that it is blocked, and does not hang", async () => {
  const Last = component("Last", async (): Promise<string> => new Promise(() => {}));
  const code = (v: string) => workflow("script", () => [use(Step.run({ v })), use(Last.run({}))]);
  const first = createWorker({ store, workflows: [code("a")], graceMs: 0 });
  await first.start();
  const { run } = await client.start("script", {});
  await until(run.runId, ({ steps }) => Object.values(steps).some(({ name }) => name === "Last"));
  await first.stop();
  // The second program finds the run as the first has left it: blocked, though not by this one yet.
  for (let life = 1; life <= 2; life++) {
    await expect(runToEnd(store, code("x"), {}, { onDivergence: "block" })).rejects.toMatchObject({
      code: "run_blocked",
      details: { runId: run.runId, divergence: { was: { v: "a" }, now: { v: "x" } } },
    });
  }
});
