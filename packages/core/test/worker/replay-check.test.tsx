/** @jsxImportSource @alder/core */
// In dev, ended runs are replayed in the background, and what would be executed again is told (E1, E2).
import { component, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { createMemoryStore } from "@alder/core/testing";
import type { Store } from "@alder/core/store";
import { createWorker, type ReplayDifference, type Worker, type WorkerOptions } from "@alder/core/worker";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runToEnd } from "../../src/worker/run-to-end.ts";
import { ReplayCheck } from "../../src/worker/replay-check.ts";
import type { EndedRun } from "../../src/engine/replay-run.ts";
import { definitionOf } from "../../src/authoring/definition.ts";

let counter = 0;
let executions = 0;
const Stamp = component("Stamp", async ({ at }: { at: number }) => `stamped at ${at}`);
const Impure = workflow("impure", async () => {
  executions++;
  return Stamp.run({ at: ++counter });
});
const Sound = workflow("sound", async () => {
  executions++;
  return Stamp.run({ at: 1 });
});

let store: Store;
let workers: Worker[];
beforeEach(() => {
  store = createMemoryStore();
  workers = [];
  executions = 0;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(workers.map((worker) => worker.stop()));
  await store.close();
});

async function startWorker(options: Partial<WorkerOptions>): Promise<Worker> {
  const worker = createWorker({ store, workflows: [Impure, Sound], ...options });
  workers.push(worker);
  await worker.start();
  return worker;
}

async function runOf(name: string): Promise<string> {
  const client = createStoreClient(store);
  const { run } = await client.start(name, {});
  await client.waitForEnd(run.runId);
  return run.runId;
}

/** Lets the background come to rest. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe("a worker in dev", () => {
  test("tells of a step that would be executed again, with the run and both props", async () => {
    const told: ReplayDifference[] = [];
    await startWorker({ dev: true, onReplayDifference: (difference) => void told.push(difference) });
    const runId = await runOf("impure");
    await rest();
    expect(told).toMatchObject([
      {
        runId,
        workflow: "impure",
        changed: [{ step: "Stamp", was: { at: counter - 1 }, now: { at: counter } }],
      },
    ]);
  });

  test("says so in the terminal, and of the next run like it in one line", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    await startWorker({ dev: true });
    await runOf("impure");
    await rest();
    const second = await runOf("impure");
    await rest();
    const [first, again] = warned.mock.calls.map(([text]) => String(text));
    expect(first).toContain("Stamp in impure has finished, and would be executed again with other props");
    expect(first).toContain("Date.now()");
    expect(again).toBe(`alder: run ${second} of workflow "impure": the same as above`);
  });

  test("says nothing of a sound run, but replays it", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    await startWorker({ dev: true });
    await runOf("sound");
    await rest();
    expect(executions).toBe(2);
    expect(warned).not.toHaveBeenCalled();
  });

  test("tells a program that ends with its run, too", async () => {
    const told: ReplayDifference[] = [];
    await runToEnd(
      store,
      Impure,
      {},
      { dev: true, onReplayDifference: (difference) => void told.push(difference) },
    );
    expect(told).toHaveLength(1);
  });

  test("leaves the run's stream as it was", async () => {
    await startWorker({ dev: true, onReplayDifference: () => {} });
    const runId = await runOf("impure");
    const read = () => store.readEvents(runId, { seq: 0, fence: 0 }, 1000);
    const before = await read();
    await rest();
    expect(await read()).toEqual(before);
  });

  test("goes on where the callback throws", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    await startWorker({
      dev: true,
      onReplayDifference() {
        throw new Error("mine");
      },
    });
    await runOf("impure");
    await rest();
    expect(printed).toHaveBeenCalledOnce();
    await runOf("sound");
  });
});

describe("the check is bounded", () => {
  test("one replay at a time, and no more than eight at a time", async () => {
    let atOnce = 0;
    let most = 0;
    let bodies = 0;
    const Slow = workflow("slow", async () => {
      bodies++;
      most = Math.max(most, ++atOnce);
      await Stamp.run({ at: 0 });
    });
    const told: string[] = [];
    const check = new ReplayCheck((difference) => {
      atOnce--;
      told.push(difference.runId);
    });
    for (let index = 0; index < 20; index++) check.add(endedRun(`run ${index}`, Slow));
    await rest();
    expect(most).toBe(1);
    expect(bodies).toBe(8);
    expect(told).toEqual(Array.from({ length: 8 }, (_, index) => `run ${index}`));
  });

  test("stopped, it gives up the replay under way and those that wait", async () => {
    const check = new ReplayCheck(() => expect.unreachable());
    check.add(endedRun("one"));
    check.add(endedRun("two"));
    check.stop();
    check.add(endedRun("late"));
    await rest();
    expect(executions).toBe(0);
  });

  test("a body that throws in a replay is nobody's error", async () => {
    const told: ReplayDifference[] = [];
    const check = new ReplayCheck((difference) => void told.push(difference));
    const Throws = workflow("throws", async () => {
      throw new Error("only now");
    });
    check.add(endedRun("bad", Throws));
    check.add(endedRun("next", Impure));
    await rest();
    expect(told.map(({ runId }) => runId)).toEqual(["bad", "next"]);
  });
});

/** One whose journal is empty, though it is said to have completed. */
function endedRun(runId: string, aWorkflow: object = Impure): EndedRun {
  return {
    runId,
    workflow: definitionOf(aWorkflow)!,
    input: {},
    tenant: null,
    salt: "salt",
    createdAt: 0,
    journal: [{ t: "claimed", seq: 1, at: 0 }],
    strict: false,
    maxValueLength: 1000,
    end: { status: "completed", output: null },
  };
}
