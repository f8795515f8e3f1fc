/** @jsxImportSource @alder/core */
/** What goes wrong around a worker ends neither the worker nor, unless it must, the run. */
import { component, waitFor, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import type { Store } from "@alder/core/store";
import { createMemoryStore } from "@alder/core/testing";
import { createWorker } from "@alder/core/worker";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

const Say = component("Say", async ({ what }: { what: string }) => what);
const Hello = workflow("hello", () => <Say what="hello" />);

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("callbacks that throw are told, and end nothing", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const throws = (): void => {
    throw new Error("a callback has thrown");
  };
  const worker = createWorker({ store, workflows: [Hello], onEvent: throws, onError: throws });
  await worker.start();
  const { run } = await client.start("hello", {});
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", output: "hello" });
  await worker.stop();
});

test.each([
  [
    "a getter that throws",
    () => ({
      get message(): string {
        throw new Error("no");
      },
    }),
  ],
  [
    "a proxy that throws",
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("no");
          },
        },
      ),
  ],
  ["a bigint without a prototype", () => Object.assign(Object.create(null) as object, { amount: 10n })],
  ["nothing", () => undefined],
  ["a message that is no text", () => Object.assign(new Error("x"), { message: { amount: 10n } })],
])("what cannot be read as an error fails the run all the same: %s", async (_name, make) => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const Bad = component("Bad", async (): Promise<void> => {
    throw make();
  }).retry({ attempts: 2, initial: 1 });
  const Fails = workflow("fails", () => <Bad />);
  const worker = createWorker({ store, workflows: [Fails] });
  await worker.start();
  const { run } = await client.start("fails", {});
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "failed", error: { step: "Bad" } });
  expect(typeof view.error?.message).toBe("string");
  await worker.stop();
});

test("what the store refuses for ever fails the run instead of being sent again for ever", async () => {
  const inner = createMemoryStore();
  const store: Store = {
    ...inner,
    append: () => Promise.reject(new TypeError("Do not know how to serialize a BigInt")),
  };
  const client = createStoreClient(store);
  const worker = createWorker({ store, workflows: [Hello], onError: () => {} });
  await worker.start();
  const { run } = await client.start("hello", {});
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({
    status: "failed",
    error: { message: "Do not know how to serialize a BigInt" },
  });
  await worker.stop();
});

test("progress that is no number fails its step with a clear error", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const Bad = component("Bad", async (_: {}, step) => {
    step.progress(10n as never);
  });
  const Fails = workflow("fails", () => <Bad />);
  const worker = createWorker({ store, workflows: [Fails] });
  await worker.start();
  const { run } = await client.start("fails", {});
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "failed", error: { code: "bad_call" } });
  await worker.stop();
});

test("an input that is no object fails its run, and other runs go on", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const worker = createWorker({ store, workflows: [Hello] });
  await worker.start();
  const { run: bad } = await client.start("hello", null);
  const { run: good } = await client.start("hello", {});
  expect(await client.waitForEnd(bad.runId)).toMatchObject({
    status: "failed",
    error: { code: "invalid_input" },
  });
  expect((await client.waitForEnd(good.runId)).status).toBe("completed");
  await worker.stop();
});

test("a claim that comes back after the stop is handed over, and nothing of it is executed", async () => {
  const inner = createMemoryStore();
  let release!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let claimed!: () => void;
  const wasClaimed = new Promise<void>((resolve) => (claimed = resolve));
  let holds = false;
  const store: Store = {
    ...inner,
    async claim(request) {
      const result = await inner.claim(request);
      if (holds && result.claims.length > 0) {
        claimed();
        await gate;
      }
      return result;
    },
  };
  const client = createStoreClient(store);
  let executed = 0;
  const Once = component("Once", async () => ++executed);
  const Waits = workflow("waits", () => <Once />);
  const worker = createWorker({ store, workflows: [Waits] });
  await worker.start();
  holds = true;
  const { run } = await client.start("waits", {});
  await wasClaimed;
  const stopped = worker.stop();
  release();
  await stopped;
  expect(executed).toBe(0);
  expect((await client.view(run.runId)).status).toBe("queued");
  expect((await inner.readRun(run.runId))?.status).toBe("queued");
});

test("a stop while it starts stops it, a second stop waits for the first, and it does not start again", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const worker = createWorker({ store, workflows: [Hello] });
  const starting = worker.start();
  const stopping = worker.stop();
  expect(worker.stop()).toBe(stopping);
  await Promise.all([starting, stopping]);
  const { run } = await client.start("hello", {});
  await new Promise((resolve) => setImmediate(resolve));
  expect((await client.view(run.runId)).status).toBe("queued");
  await expect(worker.start()).rejects.toMatchObject({ code: "worker_stopped" });
  expect(await store.listWorkers()).toEqual([]);
});

test("E8: a run that must be executed alone gets its turn on a worker that is never idle by itself", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  let busy = true;
  const Nap = component("Nap", async () => {
    await new Promise((resolve) => setTimeout(resolve, 15));
  });
  const Naps = workflow("naps", () => <Nap />);
  const publisher = createWorker({ store, workflows: [Hello, Naps] });
  await publisher.start();
  await publisher.stop();
  const { run } = await client.start("hello", {});
  for (let owner = 0; owner < 2; owner++) {
    await store.claim({ worker: "dies", queues: ["hello"], limit: 1, leaseMs: -1, idle: true });
    await store.reap();
  }
  const feed = (async () => {
    while (busy) {
      await client.start("naps", {});
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const worker = createWorker({ store, workflows: [Hello, Naps], concurrency: 4 });
  await worker.start();
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", output: "hello" });
  busy = false;
  await feed;
  await worker.stop();
});

test("E12: a signal that is too long is refused, and does not stand in the way of the next", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  const Listens = workflow("listens", { input: z.object({}), signals: { go: z.string() } }, async () =>
    waitFor("go"),
  );
  const worker = createWorker({ store, workflows: [Listens], maxValueLength: 100 });
  await worker.start();
  const { run } = await client.start("listens", {});
  await client.signal(run.runId, "go", "x".repeat(200));
  await client.signal(run.runId, "go", "short");
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", output: "short" });
  await worker.stop();
});

test("a signal reaches a run beside an executing step without waiting for a heartbeat", async () => {
  const store = createMemoryStore();
  const client = createStoreClient(store);
  let release!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const Gated = component("Gated", async () => gate);
  const Both = workflow("both", { input: z.object({}), signals: { go: z.string() } }, async () => {
    const gated = Gated.run();
    const said = await waitFor("go");
    release();
    await gated;
    return said;
  });
  const worker = createWorker({ store, workflows: [Both], heartbeatMs: 1_000_000, leaseMs: 10_000_000 });
  await worker.start();
  const { run } = await client.start("both", {});
  await client.signal(run.runId, "go", "now");
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", output: "now" });
  await worker.stop();
});

test("runs that ended long enough ago are deleted, others are kept", async () => {
  let now = 1_000_000;
  const store = createMemoryStore({ clock: { now: () => now } });
  const client = createStoreClient(store);
  const first = createWorker({ store, workflows: [Hello] });
  await first.start();
  const { run: old } = await client.start("hello", {});
  await client.waitForEnd(old.runId);
  now += 1000;
  const { run: fresh } = await client.start("hello", {});
  await client.waitForEnd(fresh.runId);
  await first.stop();
  const second = createWorker({ store, workflows: [Hello], retentionMs: 500 });
  await second.start();
  expect((await client.list({ limit: 10 })).runs.map(({ runId }) => runId)).toEqual([fresh.runId]);
  await second.stop();
});
