/** @jsxImportSource @alder/core */
// `onRunFailed`: whoever must know of failed runs is told of each that this worker has ended, and of nothing else.
import { component, workflow } from "@alder/core";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import type { Store } from "@alder/core/store";
import { createWorker, type FailedRun, type Worker, type WorkerOptions } from "@alder/core/worker";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openTestStore } from "../store/open-test-store.ts";

const Fails = component("Fails", async ({ why }: { why: string }): Promise<string> => {
  throw new RangeError(why);
});
const Bad = workflow("bad", ({ why }: { why: string }) => <Fails why={why} />);
const Good = workflow("good", async () => "good");

let store: Store;
let client: StoreClient;
let worker: Worker | undefined;
beforeEach(async () => {
  store = await openTestStore();
  client = createStoreClient(store);
});
afterEach(async () => {
  await worker?.stop();
  await store.close();
  vi.restoreAllMocks();
});

async function startWorker(onRunFailed: NonNullable<WorkerOptions["onRunFailed"]>): Promise<void> {
  worker = createWorker({ store, workflows: [Bad, Good], onRunFailed });
  await worker.start();
}

test("is told of a run that failed, with what was thrown, and not of one that completed", async () => {
  const told: [FailedRun, unknown][] = [];
  await startWorker((run, error) => void told.push([run, error]));
  const good = await client.start("good", {});
  expect((await client.waitForEnd(good.run.runId)).status).toBe("completed");
  const { run } = await client.start("bad", { why: "no luck" });
  expect((await client.waitForEnd(run.runId)).status).toBe("failed");
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]?.[0]).toEqual({ runId: run.runId, workflow: "bad", input: { why: "no luck" } });
  expect(told[0]?.[1]).toBeInstanceOf(Error);
  expect(told[0]?.[1]).toMatchObject({ name: "RangeError", message: "no luck", step: "Fails" });
});

test("E8: is told of a run that this worker has given up as a crash loop", async () => {
  const made = await store.createRun({ workflow: "good", queue: "good", input: {} });
  if (made.outcome === "conflict") throw new Error("it has no key");
  const { runId } = made.run;
  // Owners that are never heard of again: two, and three that execute nothing else.
  for (const id of ["first", "second", "third", "fourth", "fifth"]) {
    await vi.waitFor(async () => {
      await store.reap();
      const asked = { worker: id, queues: ["good"], limit: 1, leaseMs: 1, idle: true };
      expect((await store.claim(asked)).claims).toHaveLength(1);
    });
  }
  const told: unknown[] = [];
  await startWorker((_run, error) => void told.push(error));
  expect(await client.waitForEnd(runId)).toMatchObject({ error: { code: "crash_loop" } });
  await vi.waitFor(() => expect(told).toMatchObject([{ code: "crash_loop" }]));
});

test.each([
  [
    "throws",
    () => {
      throw new Error("mine");
    },
  ],
  ["rejects", () => Promise.reject(new Error("mine"))],
])("what it %s is logged, and ends neither the worker nor the process", async (_how, misbehave) => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  await startWorker(misbehave);
  const first = await client.start("bad", { why: "first" });
  expect((await client.waitForEnd(first.run.runId)).status).toBe("failed");
  await vi.waitFor(() => expect(logged.mock.calls.flat().map(String)).toContain("Error: mine"));
  const next = await client.start("good", {});
  expect((await client.waitForEnd(next.run.runId)).status).toBe("completed");
});
