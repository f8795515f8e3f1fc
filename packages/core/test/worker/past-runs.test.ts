// What workers know of runs of the past: read from the store when it is wanted, kept by the finish, of completed runs only.
import { component, workflow } from "@alder/core";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker, type Worker } from "@alder/core/worker";
import { afterEach, expect, test } from "vitest";
import { createStoreClient } from "../../src/client/create-store-client.ts";
import type { PastRun } from "../../src/engine/past-run.ts";
import { PastRuns } from "../../src/worker/past-runs.ts";

let worker: Worker | undefined;
afterEach(() => worker?.stop());

const Work = component("Work", async ({ fails }: { fails: boolean }) => {
  if (fails) throw new Error("no");
  return null;
});
const Works = workflow("works", async ({ fails }: { fails: boolean }) => Work.run({ fails }));

test("a run that completes leaves its timings in the store, one that fails does not", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  worker = createWorker({ store, workflows: [Works] });
  await worker.start();
  for (const fails of [false, true, false]) {
    const { run } = await client.start("works", { fails });
    expect((await client.waitForEnd(run.runId)).status).toBe(fails ? "failed" : "completed");
  }
  expect(await store.readTimings("works")).toEqual([
    { activeMs: expect.any(Number), waits: 0, steps: [expect.objectContaining({ name: "Work", count: 1 })] },
    expect.anything(),
  ]);
});

test("a run is estimated from those before it, as the store has them, whoever wrote them", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const past: PastRun = {
    activeMs: 60_000,
    waits: 0,
    steps: [{ name: "Slow", count: 1, tookMs: 60_000, shareMs: 60_000, firstMs: 0, lastMs: 0 }],
  };
  await store.createRun({ workflow: "slow", queue: "old", input: {} });
  const [claim] = (await store.claim({ worker: "w", queues: ["old"], limit: 1, leaseMs: 9000, idle: true }))
    .claims;
  await store.finish({
    token: claim!.token,
    after: claim!.tail,
    records: [{ event: { type: "run.completed", output: null } }],
    progress: false,
    status: "completed",
    timings: past,
  });
  const Slow = component("Slow", async (_: {}, step) => {
    await new Promise((_resolve, reject) => {
      step.signal.addEventListener("abort", () => reject(step.signal.reason as Error));
    });
  });
  worker = createWorker({ store, workflows: [workflow("slow", async () => Slow.run({}))], graceMs: 0 });
  await worker.start();
  const { run } = await client.start("slow", {});
  for await (const _ of client.follow(run.runId)) {
    const view = await client.view(run.runId);
    if (view.eta === null) continue;
    expect(view.eta).toMatchObject({ runs: 1, waits: false });
    expect(view.eta.endsAt - view.startedAt!).toBeGreaterThan(50_000);
    break;
  }
  await client.cancel(run.runId);
});

test("many runs that begin together are one question, and a long one that ends is news at once", async () => {
  let asked = 0;
  let now = 0;
  const store = { readTimings: async () => (asked++, []) };
  const pastRuns = new PastRuns(store, () => now);
  await Promise.all(Array.from({ length: 50 }, () => pastRuns.of("w")));
  now = 999;
  await pastRuns.of("w");
  expect(asked).toBe(1);
  pastRuns.add("w", { activeMs: 10, waits: 0, steps: [] });
  await pastRuns.of("w");
  expect(asked).toBe(1);
  pastRuns.add("w", { activeMs: 5000, waits: 0, steps: [] });
  await pastRuns.of("w");
  expect(asked).toBe(2);
  now = 2000;
  await pastRuns.of("w");
  expect(asked).toBe(3);
});
