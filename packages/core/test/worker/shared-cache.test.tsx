/** @jsxImportSource @alder/core */
/** Outputs that runs on several workers share by the store. */
import { setTimeout as pause } from "node:timers/promises";
import type { StartOptions, StoreClient } from "@alder/core/client";
import { stepsOf, type RunView, type StepView } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import type { WorkerOptions } from "@alder/core/worker";
import { component, workflow } from "@alder/core";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createGate, type Gate } from "../engine/components.tsx";
import { openForOther } from "../store/open-test-store.ts";
import { createWorkerScene } from "./scene.ts";

const scene = createWorkerScene({ graceMs: 0 });
const { startWorker } = scene;
let store: Store;
let client: StoreClient;
beforeEach(() => {
  ({ store, client } = scene);
});

async function start(name: string, input: object = {}, options?: StartOptions): Promise<string> {
  const { run } = await client.start(name, input as never, options);
  return run.runId;
}

const end = (runId: string): Promise<RunView> => client.waitForEnd(runId, { timeoutMs: 20_000 });
const outputOf = async (...given: Parameters<typeof start>): Promise<unknown> =>
  (await end(await start(...given))).output;

async function stepUntil(runId: string, condition: (step: StepView) => boolean): Promise<StepView> {
  for await (const _ of client.follow(runId)) {
    const step = stepsOf(await client.view(runId), "Gate").find(condition);
    if (step !== undefined) return step;
  }
  throw new Error("the run ended before");
}
const isWaiting = ({ status }: StepView): boolean => status === "waiting";

async function executionsOf({ executions }: Gate, count: number): Promise<Gate["executions"]> {
  while (executions.length < count) await pause(2);
  return executions;
}

/** A component that counts how often it was executed. */
function createCounter(name = "Count") {
  let count = 0;
  return component(name, async (_props: { of?: string }) => ++count);
}

test("a run is given what another has made, and shows when", async () => {
  const Count = createCounter();
  const Cached = Count.cache("1d");
  await startWorker([workflow("W", () => <Cached />)]);
  const before = await store.now();
  expect(await outputOf("W")).toBe(1);
  const view = await end(await start("W"));
  expect(view.output).toBe(1);
  expect(stepsOf(view, "Count")[0]!.cachedAt).toBeGreaterThanOrEqual(before);
});

test("tenants share nothing, unless it is global", async () => {
  const Own = createCounter("Own").cache("1d");
  const Global = createCounter("Global").cache({ ttl: "1d", scope: "global" });
  await startWorker([workflow("W", async () => [await Own.run(), await Global.run()])]);
  expect(await outputOf("W", {}, { tenant: "acme" })).toEqual([1, 1]);
  expect(await outputOf("W", {}, { tenant: "emca" })).toEqual([2, 1]);
  expect(await outputOf("W", {}, { tenant: "acme" })).toEqual([1, 1]);
  // Runs without a tenant share with one another.
  expect(await outputOf("W")).toEqual([3, 1]);
  expect(await outputOf("W")).toEqual([3, 1]);
});

describe("one that waits for a step of another worker", () => {
  let gate: Gate;
  let first: string;
  let second: string;
  /** `first` leads on its worker, `second` waits on another. */
  async function startBoth(options: Pick<WorkerOptions, "leaseMs"> = {}): Promise<void> {
    gate = createGate();
    const { Gate } = gate;
    const Cached = Gate.cache("1d");
    const W = workflow("W", () => <Cached v="x" />);
    await startWorker([W], { concurrency: 1, ...options });
    first = await start("W");
    await executionsOf(gate, 1);
    await startWorker([W], { ...options, store: await openForOther(store) });
    second = await start("W");
    await stepUntil(second, isWaiting);
  }

  test("has its output as soon as it is there, however long that takes", async () => {
    const leaseMs = 2_000;
    await startBoth({ leaseMs });
    // The lead is renewed.
    await pause(2 * leaseMs);
    expect(gate.executions).toHaveLength(1);
    expect(await client.run(second)).toMatchObject({ status: "running" });
    gate.executions[0]!.end.resolve("made");
    expect([await end(first), await end(second)]).toMatchObject([{ output: "made" }, { output: "made" }]);
    expect(gate.executions).toHaveLength(1);
  });

  test("executes itself when that is cancelled", async () => {
    await startBoth();
    gate.executions[0]!.signal.addEventListener("abort", () => gate.executions[0]!.end.reject("aborted"));
    await client.cancel(first);
    const [, other] = await executionsOf(gate, 2);
    other!.end.resolve("made");
    expect(await end(second)).toMatchObject({ output: "made" });
    expect(await end(first)).toMatchObject({ status: "cancelled" });
  });

  test("executes itself when that has failed", async () => {
    await startBoth();
    gate.executions[0]!.end.reject(new Error("no"));
    const [, other] = await executionsOf(gate, 2);
    expect(await end(first)).toMatchObject({ status: "failed" });
    other!.end.resolve("made");
    expect(await end(second)).toMatchObject({ output: "made" });
  });

  test("executes itself when that worker is stopped", async () => {
    await startBoth();
    await scene.workers[0]!.stop();
    // The run that was handed over needs the same.
    const [, other] = await executionsOf(gate, 2);
    other!.end.resolve("made");
    expect([await end(first), await end(second)]).toMatchObject([{ output: "made" }, { output: "made" }]);
    expect(gate.executions).toHaveLength(2);
  });

  test("does not hold up the stop of its own worker", async () => {
    await startBoth();
    const stoppedAt = performance.now();
    await scene.workers[1]!.stop();
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(await client.run(second)).toMatchObject({ status: "queued" });
    gate.executions[0]!.end.resolve("made");
    expect(await end(first)).toMatchObject({ output: "made" });
    expect(await end(second)).toMatchObject({ output: "made" });
  });

  test("executes itself when what is made was cleared meanwhile, as it may be out of date", async () => {
    await startBoth();
    await client.clearCache({ component: "Gate" });
    const [old, other] = await executionsOf(gate, 2);
    old!.end.resolve("old");
    expect(await end(first)).toMatchObject({ output: "old" });
    other!.end.resolve("new");
    expect(await end(second)).toMatchObject({ output: "new" });
    expect(await outputOf("W")).toBe("new");
    expect(gate.executions).toHaveLength(2);
  });
});

test("what was cleared is made anew", async () => {
  const Count = createCounter().cache("1d");
  await startWorker([workflow("W", ({ of }: { of: string }) => <Count of={of} />)]);
  expect([await outputOf("W", { of: "a" }), await outputOf("W", { of: "b" })]).toEqual([1, 2]);
  expect(await client.clearCache({ component: "Count", tenant: "" })).toBe(2);
  expect(await client.clearCache({ component: "Count" })).toBe(0);
  expect([await outputOf("W", { of: "a" }), await outputOf("W", { of: "a" })]).toEqual([3, 3]);
});

test("a run that refreshes executes, and the others have what it has made", async () => {
  const Count = createCounter().cache("1d");
  const W = workflow("W", async ({ refresh }: { refresh?: boolean }) =>
    Count.run({}, refresh ? { cache: "refresh" } : {}),
  );
  await startWorker([W]);
  const outputs: unknown[] = [];
  for (const refresh of [false, false, true, false, true, false])
    outputs.push(await outputOf("W", { refresh }));
  expect(outputs).toEqual([1, 1, 2, 2, 3, 3]);
});

test("a value that no longer fits the schema is made anew and replaced, with a warning that says what to do", async () => {
  const schemas = { input: z.object({}) };
  const before = component("Profile", { ...schemas, output: z.object({ name: z.string() }) }, async () => ({
    name: "Ada",
  })).cache("1d");
  let executions = 0;
  const output = z.object({ name: z.string(), born: z.number() });
  const after = component("Profile", { ...schemas, output }, async () => {
    executions++;
    return { name: "Ada", born: 1815 };
  }).cache("1d");
  await startWorker([
    workflow("before", async () => before.run({})),
    workflow("after", async () => after.run({})),
  ]);
  expect(await outputOf("before")).toEqual({ name: "Ada" });
  const view = await end(await start("after"));
  expect(view).toMatchObject({ status: "completed", output: { born: 1815 } });
  const [step] = stepsOf(view, "Profile");
  expect(step).toMatchObject({ cachedAt: null });
  expect(view.logs).toMatchObject([{ level: "warn", step: step!.id, fields: { code: "cache_mismatch" } }]);
  expect(view.logs[0]!.message).toMatch(/Profile.*\/born.*\.cache\(\) another version/s);
  const next = await end(await start("after"));
  expect(next).toMatchObject({ output: { born: 1815 }, logs: [] });
  expect(executions).toBe(1);
});

test.each(["tenant", "run"] as const)(
  "what is too long with its text is not kept, and says so: %s",
  async (scope) => {
    const Long = component("Long", async function* (_props: {}) {
      for (let part = 0; part < 5; part++) yield "x".repeat(500);
      return 1;
    }).cache({ ttl: "1d", scope });
    const W = workflow("W", async () => [await Long.run({}, { key: 1 }), await Long.run({}, { key: 2 })]);
    await startWorker([W], { maxValueLength: 1_000 });
    for (let run = 0; run < 2; run++) {
      const view = await end(await start("W"));
      expect(view).toMatchObject({ output: [1, 1], logs: [{ level: "warn" }, { level: "warn" }] });
      expect(stepsOf(view, "Long").map(({ cachedAt }) => cachedAt)).toEqual([null, null]);
    }
  },
);

test("while the store does not answer for the cache, a step waits, and goes on when it does", async () => {
  const Count = createCounter().cache("1d");
  let refusals = 2;
  const errors: unknown[] = [];
  const broken: Store = {
    ...store,
    readOrLead: (request) => (refusals-- > 0 ? Promise.reject(new Error("away")) : store.readOrLead(request)),
  };
  await startWorker([workflow("W", () => <Count />)], {
    store: broken,
    onError: (error) => errors.push(error),
  });
  expect(await outputOf("W")).toBe(1);
  expect(errors).toHaveLength(2);
});
