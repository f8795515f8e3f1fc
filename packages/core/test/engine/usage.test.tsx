/** @jsxImportSource @alder/core */
/** What steps have used: in the journal, and so summed across crashes, retries and attempts (E1, E2, E9). */
import { describe, expect, test } from "vitest";
import { component, Retry, use, workflow, type Component } from "@alder/core";
import { emptyView, fold, type RunView } from "@alder/core/protocol";
import { createTestRun } from "@alder/core/testing";
import type { UsageEntry } from "../../src/engine/journal-entry.ts";
import { createGate } from "./components.tsx";
import { createDisk, live, rest, until, type Disk } from "./harness.ts";
import { retried } from "./later-lives.ts";

const viewOf = (disk: Disk): RunView =>
  disk.events.reduce(
    (view, event, at) => fold(view, { ...event, seq: at + 1, fence: 1, at }),
    emptyView("r"),
  );

const entriesOf = (disk: Disk) =>
  disk.entries.filter((entry): entry is UsageEntry & typeof entry => entry.t === "usage");

const paid = (cost: number) => ({ inputTokens: 0, outputTokens: 0, cost });

const Ask: Component<{ q: string }, string> = component("Ask", async ({ q }: { q: string }, step) => {
  step.usage({ inputTokens: 10, cost: 1 });
  step.usage({ outputTokens: 5 });
  return q;
});

describe("the usage of steps", () => {
  test("is summed for each step and for the run", async () => {
    const W = workflow("W", () => [use(Ask.run({ q: "a" })), use(Ask.run({ q: "b" }))]);
    const run = createTestRun(W, {});
    await run.output();
    expect(run.view.usage).toEqual({ inputTokens: 20, outputTokens: 10, cost: 2 });
    expect(Object.values(run.view.steps).map(({ usage }) => usage)).toEqual([
      { inputTokens: 10, outputTokens: 5, cost: 1 },
      { inputTokens: 10, outputTokens: 5, cost: 1 },
    ]);
  });

  test("survives a crash: what has finished is not said again", async () => {
    const W = workflow("W", () => [use(Ask.run({ q: "a" })), use(Ask.run({ q: "b" }))]);
    const run = createTestRun(W, {}, { crash: { after: Ask } });
    await run.output();
    expect(run.view.usage).toEqual({ inputTokens: 20, outputTokens: 10, cost: 2 });
  });

  test("counts both of a step that a crash has cut off and that is executed again", async () => {
    const { Gate, executions } = createGate();
    const Spends = component("Spends", async (_: {}, step) => {
      step.usage({ cost: 3 });
      return await Gate.run({});
    });
    const W = workflow("W", () => use(Spends.run({})));
    const first = live(W);
    await until(() => entriesOf(first.disk).length === 1 && executions.length === 1);
    first.run.stop();
    const second = live(W, { disk: createDisk(first.disk) });
    await until(() => executions.length === 2);
    executions[1]!.end.resolve("done");
    expect(await second.stopped).toMatchObject({ end: { status: "completed" } });
    expect(viewOf(second.disk).usage).toEqual(paid(6));
  });

  test("counts attempts that failed", async () => {
    const Flaky = component("Flaky", async (_: {}, step) => {
      step.usage({ cost: step.attempt });
      if (step.attempt < 3) throw new Error("not yet");
      return "done";
    }).retry({ attempts: 3, initial: 1 });
    const run = createTestRun(
      workflow("W", () => use(Flaky.run({}))),
      {},
    );
    await run.output();
    expect(run.view.usage).toEqual(paid(6));
  });

  test("counts what is said after the attempt took too long, while the run goes on", async () => {
    const Slow = component("Slow", async (_: {}, step) => {
      try {
        await new Promise((_resolve, reject) =>
          step.signal.addEventListener("abort", () => reject(new Error("stopped"))),
        );
      } finally {
        step.usage({ cost: 2 });
        step.status("too late to be heard");
      }
    }).timeout("1s");
    const W = workflow("W", async () => {
      await Slow.run({}).catch(() => null);
      return await Ask.run({ q: "next" });
    });
    const run = createTestRun(W, {});
    await run.clock.advance("1s");
    await run.output();
    expect(run.view.usage.cost).toBe(3);
    expect(run.view.message).toBeNull();
  });

  test("names the nested workflows that the step is in, nearest first", async () => {
    const Inner = workflow("Inner", () => <Ask q="inner" />);
    const Outer = workflow("Outer", () => <Inner />);
    const life = live(workflow("W", () => <Outer />));
    expect(await life.stopped).toMatchObject({ end: { status: "completed" } });
    const ids = ["Inner", "Outer"].map(
      (name) =>
        life.disk.events.find((event) => event.type === "step.started" && event.name === name) as never,
    );
    const [inner, outer] = ids.map(({ step }) => step);
    expect(entriesOf(life.disk).map(({ within }) => within)).toEqual([
      [inner, outer],
      [inner, outer],
    ]);
  });
});

describe("the usage that an async workflow tells", () => {
  const W = workflow("W", async (_: {}, step) => {
    const q = await Ask.run({ q: "a" });
    step.usage({ cost: 4 });
    step.usage({ cost: 4 });
    return [q, await Ask.run({ q: "b" })];
  });

  test("counts once, however often its body is executed", async () => {
    const undisturbed = createTestRun(W, {});
    await undisturbed.output();
    expect(undisturbed.view.usage.cost).toBe(8 + 2);
    let crashes = 0;
    for (const write of ["kept", "lost"] as const) {
      for (let atWrite = 1; ; atWrite++) {
        const run = createTestRun(W, {}, { crash: { atWrite, write } });
        const isOver = await run.output().then(
          () => false,
          () => true,
        );
        if (isOver) break;
        crashes++;
        // A step that was cut off has paid again.
        const asked = run.calls(Ask).length;
        expect(run.view.usage.cost - asked, `${write} ${atWrite}`).toBeLessThanOrEqual(8);
        expect(run.view.usage.cost, `${write} ${atWrite}`).toBeGreaterThanOrEqual(8 + 2);
      }
    }
    expect(crashes).toBeGreaterThan(10);
  });

  test("counts once when the run is retried, and when a <Retry> begins it anew", async () => {
    let broken = true;
    const Breaks = component("Breaks", async () => {
      if (broken) throw new Error("broken");
      return "mended";
    });
    const Nested = workflow("Nested", async (_: {}, step) => {
      step.usage({ cost: 5 });
      return await Breaks.run({});
    });
    const Program = workflow("W", () => (
      <Retry attempts={2}>
        <Nested />
      </Retry>
    ));
    const first = live(Program);
    const failed = await first.stopped;
    expect(failed).toMatchObject({ end: { status: "failed" } });
    expect(viewOf(first.disk).usage).toEqual(paid(5));
    broken = false;
    const second = live(Program, { disk: retried(first.disk, failed) });
    expect(await second.stopped).toMatchObject({ end: { output: "mended" } });
    expect(viewOf(second.disk).usage).toEqual(paid(5));
  });
});

describe("what is no usage", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a number", 5],
    ["text", { inputTokens: "5" }],
    ["less than nothing", { cost: -1 }],
    ["no number", { outputTokens: Number.NaN }],
    ["more than can be summed", { inputTokens: Number.MAX_VALUE }],
  ])("%s is refused, in a run and without one", async (_, used) => {
    const Says = component("Says", async (_props: {}, step) => step.usage(used as never) ?? null);
    const refused = { code: "bad_call", message: expect.stringContaining("Says: step.usage()") };
    const life = live(workflow("W", () => use(Says.run({}))));
    expect(await life.stopped).toMatchObject({ end: { status: "failed", error: refused } });
    expect(entriesOf(life.disk)).toEqual([]);
    await expect(Says.run({})).rejects.toMatchObject(refused);
  });

  test("an empty one is not written", async () => {
    const Says = component("Says", async (_props: {}, step) => step.usage({}) ?? null);
    const life = live(workflow("W", () => use(Says.run({}))));
    await life.stopped;
    await rest();
    expect(entriesOf(life.disk)).toEqual([]);
  });
});
