// The numbers are those of the invariants of `print-runs.ts`.
import { setTimeout } from "node:timers/promises";
import { component, workflow } from "@alder/core";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import type { Store } from "@alder/core/store";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker, type Worker } from "@alder/core/worker";
import { afterEach, beforeEach, expect, test } from "vitest";
import { printRuns } from "../start/print-runs.ts";

const Work = component("Work", async ({ n }: { n: number }) => n);
const Job = workflow("job", async ({ n }: { n: number }) => await Work.run({ n }));
const Wait = component("Wait", async () => {
  if (!isReady) throw new Error("not yet");
}).retry({ attempts: 1 });
const Later = workflow("later", async () => await Wait.run());

let isReady: boolean;
let store: Store;
let client: StoreClient;
let worker: Worker;
let stopping: AbortController;
let lines: string[];
beforeEach(async () => {
  store = createMemoryStore();
  client = createStoreClient(store);
  worker = createWorker({ store, workflows: [Job, Later] });
  stopping = new AbortController();
  lines = [];
  isReady = false;
  await worker.start();
});
afterEach(async () => {
  stopping.abort();
  await worker.stop();
});

const print = (line: string) => void lines.push(line);
const linesOf = (runId: string) => lines.filter((line) => line.includes(runId.slice(-6)));
const toldCompleted = () => lines.filter((line) => line.includes("completed in")).length;

test("1, 2: of many runs at once each is told once, and none that had ended before", async () => {
  const before = await startRuns(3);
  await Promise.all(before.map((runId) => client.waitForEnd(runId)));
  await printRuns(store, stopping.signal, print);
  const runIds = await startRuns(130);
  await expect.poll(toldCompleted, { timeout: 20_000 }).toBe(130);
  // A look that finds nothing new repeats nothing.
  const [last] = await startRuns(1);
  await expect.poll(toldCompleted, { timeout: 20_000 }).toBe(131);
  for (const runId of [...runIds, last!]) {
    expect(linesOf(runId).filter((line) => line.includes("completed in"))).toHaveLength(1);
    expect(linesOf(runId).filter((line) => line.endsWith("queued"))).toHaveLength(1);
  }
  expect(before.flatMap(linesOf)).toEqual([]);
});

test("3: a run that could not be read to its end is read again, and nothing is told twice", async () => {
  let failures = 2;
  const { readEvents } = store;
  const failing: Store = {
    ...store,
    // One event at a time, so that there is something told before the failure.
    readEvents: async (runId, after) => {
      if (after.seq !== 2 || failures === 0) return await readEvents.call(store, runId, after, 1);
      failures -= 1;
      throw new Error("the disk is slow");
    },
  };
  await printRuns(failing, stopping.signal, print);
  const [runId] = await startRuns(1);
  await expect.poll(toldCompleted, { timeout: 20_000 }).toBe(1);
  expect(failures).toBe(0);
  expect(lines.filter((line) => line.startsWith("cannot tell what happens"))).toHaveLength(2);
  expect(linesOf(runId!).filter((line) => line.endsWith("queued"))).toHaveLength(1);
});

test("3: a run that goes on after its end is told of again, however soon that ends, whether its end was told or not", async () => {
  const fail = async () => {
    const { run } = await client.start("later", {});
    await client.waitForEnd(run.runId);
    return run.runId;
  };
  const before = await fail();
  // So slow that the runs have ended again before it is looked.
  const slow: Store = {
    ...store,
    listRuns: async (...given) => {
      await setTimeout(50);
      return await store.listRuns(...given);
    },
  };
  await printRuns(slow, stopping.signal, print);
  const seen = await fail();
  await expect.poll(() => linesOf(seen).at(-1), { timeout: 20_000 }).toContain("failed: not yet");
  isReady = true;
  for (const runId of [before, seen]) await client.retry(runId);
  await expect.poll(toldCompleted, { timeout: 20_000 }).toBe(2);
  expect(linesOf(before).join("\n")).not.toContain("not yet");
  expect(linesOf(seen).filter((line) => line.includes("failed: not yet"))).toHaveLength(2);
  for (const runId of [before, seen])
    expect(linesOf(runId).filter((line) => line.endsWith("queued again (retried)"))).toHaveLength(1);
});

async function startRuns(count: number): Promise<string[]> {
  const runIds: string[] = [];
  for (let n = 0; n < count; n += 1) runIds.push((await client.start("job", { n })).run.runId);
  return runIds;
}
