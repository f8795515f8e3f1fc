/** @jsxImportSource @alder/core */
/** E8: what keeps a run with its owner, and what takes it away. */
import { createStoreClient } from "@alder/core/client";
import { component, workflow } from "@alder/core";
import type { Store } from "@alder/core/store";
import { createWorker } from "@alder/core/worker";
import { expect, test } from "vitest";
import { openTestStore } from "../store/open-test-store.ts";

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const quick = { leaseMs: 300, heartbeatMs: 50, graceMs: 500 };

test("a step that blocks the event loop for less than the lease minus a heartbeat costs nothing", async () => {
  const store = await openTestStore();
  const client = createStoreClient(store);
  let executions = 0;
  const Blocks = component("Blocks", async () => {
    executions++;
    block(200);
    return executions;
  });
  const Heavy = workflow("heavy", () => <Blocks />);
  const worker = createWorker({ store, workflows: [Heavy], ...quick });
  await worker.start();
  const { run } = await client.start("heavy", {});
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "completed", output: 1, executions: 1, recoveries: 0 });
  await worker.stop();
});

test("a step that blocks it for longer is fenced cleanly: its result is dropped, and the run goes on elsewhere", async () => {
  const inner = await openTestStore();
  // What the blocked process asks comes after what another does meanwhile.
  let meanwhile = Promise.resolve();
  const store: Store = {
    ...inner,
    heartbeat: (input) => meanwhile.then(() => inner.heartbeat(input)),
    claim: (input) => meanwhile.then(() => inner.claim(input)),
  };
  const client = createStoreClient(store);
  let executions = 0;
  const Blocks = component("Blocks", async () => {
    executions++;
    if (executions === 1) {
      block(400);
      // Another process reaps and claims while this one is blocked.
      const takeOver = async (): Promise<void> => {
        await inner.reap();
        const request = { worker: "other", queues: ["heavy"], limit: 1, leaseMs: 100, idle: true };
        expect((await inner.claim(request)).claims).toHaveLength(1);
      };
      meanwhile = takeOver();
      await meanwhile;
    }
    return executions;
  });
  const Heavy = workflow("heavy", () => <Blocks />);
  const worker = createWorker({ store, workflows: [Heavy], ...quick });
  await worker.start();
  const { run } = await client.start("heavy", {});
  const view = await client.waitForEnd(run.runId);
  // The other owner did nothing and was lost in its turn.
  expect(view).toMatchObject({ status: "completed", output: 2, recoveries: 2 });
  expect(Object.values(view.steps)).toMatchObject([{ status: "completed", attempt: 3 }]);
  await worker.stop();
});

test("a worker that cannot reach the store stops its runs before somebody else may have them", async () => {
  const inner = await openTestStore();
  let unreachable = false;
  const store: Store = {
    ...inner,
    heartbeat: (input) => (unreachable ? Promise.reject(new Error("unreachable")) : inner.heartbeat(input)),
  };
  const client = createStoreClient(store);
  let aborted!: () => void;
  const wasAborted = new Promise<void>((resolve) => (aborted = resolve));
  const Long = component("Long", async (_: {}, step) => {
    await new Promise<void>((resolve) =>
      step.signal.addEventListener("abort", () => {
        aborted();
        resolve();
      }),
    );
  });
  const Lone = workflow("lone", () => <Long />);
  const errors: unknown[] = [];
  const worker = createWorker({ store, workflows: [Lone], ...quick, onError: (error) => errors.push(error) });
  await worker.start();
  const { run } = await client.start("lone", {});
  for await (const _ of client.follow(run.runId)) {
    if (Object.values((await client.view(run.runId)).steps).length === 1) break;
  }
  unreachable = true;
  await wasAborted;
  expect(errors.length).toBeGreaterThan(0);
  expect((await inner.readRun(run.runId))?.status).not.toBe("completed");
  unreachable = false;
  await worker.stop();
});

test("after two owners lost without progress a run is executed alone, and after three more it fails with crash_loop", async () => {
  const store = await openTestStore();
  const client = createStoreClient(store);
  const Never = workflow("never", () => null);
  const publisher = createWorker({ store, workflows: [Never] });
  await publisher.start();
  await publisher.stop();
  const { run } = await client.start("never", {});
  const claim = { worker: "dies", queues: ["never"], limit: 1, leaseMs: -1 };
  for (let owner = 0; owner < 2; owner++) {
    expect((await store.claim({ ...claim, idle: false })).claims).toHaveLength(1);
    await store.reap();
  }
  expect(await store.claim({ ...claim, idle: false })).toMatchObject({ claims: [], alone: 1 });
  for (let owner = 0; owner < 3; owner++) {
    expect((await store.claim({ ...claim, idle: true })).claims).toMatchObject([{ alone: true }]);
    await store.reap();
  }
  const worker = createWorker({ store, workflows: [Never] });
  await worker.start();
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "failed", error: { code: "crash_loop" } });
  expect(view.error?.message).toContain(run.runId);
  await worker.stop();
});

test("a store that is away for longer than a lease, again and again, is no crash loop", async () => {
  const inner = await openTestStore();
  let isAway = false;
  const unlessAway = <T,>(ask: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new Error("unreachable")) : ask();
  const store: Store = {
    ...inner,
    heartbeat: (input) => unlessAway(() => inner.heartbeat(input)),
    claim: (input) => unlessAway(() => inner.claim(input)),
    // Owners are found lost when this test says so.
    reap: async () => ({ expired: 0, due: 0 }),
  };
  const client = createStoreClient(store);
  const begun: (() => void)[] = [];
  const Long = component("Long", async (_: {}, step) => {
    begun.shift()!();
    if (begun.length === 0) return "done";
    await new Promise<void>((resolve) => step.signal.addEventListener("abort", () => resolve()));
    begun.shift()!();
    return null;
  });
  const Lone = workflow("lone", () => <Long />);
  const next = (): Promise<void> => new Promise((resolve) => begun.push(resolve));
  const outages = Array.from({ length: 6 }, () => ({ begins: next(), isAborted: next() }));
  const begins = next();
  const worker = createWorker({ store, workflows: [Lone], ...quick, onError: () => {} });
  await worker.start();
  const { run } = await client.start("lone", {});
  for (const outage of outages) {
    await outage.begins;
    isAway = true;
    await outage.isAborted;
    // Found by another, before its owner can tell.
    while ((await inner.reap()).expired === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    isAway = false;
  }
  await begins;
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "completed", output: "done", recoveries: 6 });
  await worker.stop();
});

test("a store that fails for a while loses nothing", async () => {
  const inner = await openTestStore();
  let failures = 5;
  const store: Store = {
    ...inner,
    append: (input) => (failures-- > 0 ? Promise.reject(new Error("disk full")) : inner.append(input)),
  };
  const client = createStoreClient(store);
  let executions = 0;
  const Once = component("Once", async () => ++executions);
  const Steady = workflow("steady", async () => [await Once.run(), await Once.run()]);
  const errors: unknown[] = [];
  const worker = createWorker({ store, workflows: [Steady], onError: (error) => errors.push(error) });
  await worker.start();
  const { run } = await client.start("steady", {});
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", output: [1, 2] });
  expect(errors).toHaveLength(5);
  await worker.stop();
});

test("a step does not begin between the end of a lease and its next confirmation", async () => {
  const inner = await openTestStore();
  let confirm = (): void => {};
  let meanwhile: Promise<void> | undefined;
  const store: Store = {
    ...inner,
    heartbeat: async (input) => {
      await meanwhile;
      return inner.heartbeat(input);
    },
  };
  const client = createStoreClient(store);
  const begun: string[] = [];
  const Blocks = component("Blocks", async () => {
    meanwhile ??= new Promise((resolve) => (confirm = resolve));
    block(350);
  });
  const Next = component("Next", async () => void begun.push("next"));
  const Two = workflow("two", async () => {
    await Blocks.run();
    begun.push("asked");
    await Next.run();
  });
  // Its timers look seldom: only the look at the clock before a step keeps it from beginning.
  const worker = createWorker({ store, workflows: [Two], leaseMs: 300, heartbeatMs: 200, graceMs: 500 });
  await worker.start();
  const { run } = await client.start("two", {});
  while (begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual(["asked"]);
  confirm();
  expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed" });
  expect(begun).toContain("next");
  await worker.stop();
});
