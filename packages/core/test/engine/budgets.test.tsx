/** @jsxImportSource @alder/core */
/** Budgets follow from the journal (E2), end what is under way (E6), and leave what has finished (E1, E7). */
import type { ReactElement } from "react";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  all,
  Catch,
  component,
  Parallel,
  Retry,
  Sequence,
  Status,
  use,
  waitFor,
  WaitFor,
  workflow,
  type Budget,
} from "@alder/core";
import { createTestRun } from "@alder/core/testing";
import { createGate } from "./components.tsx";
import { createDisk, eventsOf, live, rest, until, type Disk, type Stopped } from "./harness.ts";
import { retried } from "./later-lives.ts";

const executed: string[] = [];
const Ask = component("Ask", async ({ q, tokens = 10 }: { q: string; tokens?: number }, step) => {
  executed.push(q);
  step.usage({ inputTokens: tokens });
  return q;
});

/** Asks so many questions, one after the other. */
const asking = (count: number, budget: Budget) =>
  workflow("W", { budget }, () =>
    Array.from({ length: count }, (_, at) => use(Ask.run({ q: `q${at}` }, { key: at }))),
  );

const exceeded = (message: string): unknown =>
  expect.objectContaining({
    state: "ended",
    end: {
      status: "failed",
      error: expect.objectContaining({ code: "budget_exceeded", message: expect.stringContaining(message) }),
    },
  });

describe("a run that uses more than its budget", () => {
  test("is warned of once, and fails with the numbers", async () => {
    const life = live(asking(9, { tokens: 50 }));
    expect(await life.stopped).toEqual(
      exceeded("workflow W has used 60 tokens, more than the 50 of its budget"),
    );
    expect(eventsOf(life.disk, "budget.warning")).toEqual([
      { type: "budget.warning", step: null, unit: "tokens", used: 40, budget: 50 },
    ]);
  });

  test("completes with all of it used", async () => {
    const life = live(asking(5, { tokens: 50 }));
    expect(await life.stopped).toMatchObject({ end: { status: "completed" } });
    expect(eventsOf(life.disk, "budget.warning")).toHaveLength(1);
  });

  test("is warned of where it was told to, and its view says so", async () => {
    const run = createTestRun(asking(4, { tokens: 50, warnAt: 0.5 }), {});
    await run.output();
    expect(run.view.budget).toEqual({ step: null, unit: "tokens", used: 30, budget: 50 });
  });

  test("counts money, where sums of fractions are no more than they look", async () => {
    const Pay = component("Pay", async ({ cost }: { cost: number }, step) => step.usage({ cost }) ?? cost);
    const Pays = (cost: number) =>
      workflow("W", { budget: { cost: 0.3 } }, () => use(all([Pay.run({ cost: 0.1 }), Pay.run({ cost })])));
    expect(await live(Pays(0.2)).stopped).toMatchObject({ end: { status: "completed" } });
    expect(await live(Pays(0.21)).stopped).toEqual(exceeded("a cost of 0.31, more than the 0.3"));
  });

  test("stops what is under way", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", { budget: { tokens: 5 } }, () => use(all([Gate.run({}), Ask.run({ q: "a" })])));
    const life = live(W);
    expect(await life.stopped).toEqual(exceeded("10 tokens"));
    expect(executions[0]!.signal.aborted).toBe(true);
  });

  test("is not caught: the budget is the run's", async () => {
    const W = workflow("W", { budget: { tokens: 5 } }, () => (
      <Catch fallback={null}>
        <Ask q="a" />
      </Catch>
    ));
    expect(await live(W).stopped).toEqual(exceeded("10 tokens"));
  });
});

describe("a retry", () => {
  test("goes on after the budget was raised, with what has finished", async () => {
    const first = live(asking(8, { tokens: 50 }));
    const failed = await first.stopped;
    executed.length = 0;
    const second = live(asking(8, { tokens: 90 }), { disk: retried(first.disk, failed) });
    expect(await second.stopped).toMatchObject({ end: { status: "completed" } });
    // The sixth was paid for and may have been cut off before its result was written.
    expect(executed.filter((q) => q !== "q5")).toEqual(["q6", "q7"]);
    expect(eventsOf(second.disk, "budget.warning").map(({ used, budget }) => [used, budget])).toEqual([
      [40, 50],
      [80, 90],
    ]);
  });

  test("with the same budget fails at once and pays for nothing more", async () => {
    const first = live(asking(9, { tokens: 50 }));
    const failed = await first.stopped;
    executed.length = 0;
    const second = live(asking(9, { tokens: 50 }), { disk: retried(first.disk, failed) });
    expect(await second.stopped).toEqual(exceeded("60 tokens"));
    expect(executed).toEqual([]);
  });
});

describe("the end follows from the journal", () => {
  test("wherever the owner dies", async () => {
    let crashes = 0;
    for (const write of ["kept", "lost"] as const) {
      for (let atWrite = 1; ; atWrite++) {
        const run = createTestRun(asking(6, { tokens: 40 }), {}, { crash: { atWrite, write } });
        const error = await run.output().catch((thrown: unknown) => thrown);
        // Which of what was paid for twice made it too much is the crash's doing.
        expect(error, `${write} ${atWrite}`).toMatchObject({ code: "budget_exceeded" });
        const before = run.events.findIndex(({ type }) => type === "run.recovered");
        if (before < 0) break;
        crashes++;
        expect(run.events.filter(({ type }) => type === "budget.warning")).toHaveLength(1);
      }
    }
    expect(crashes).toBeGreaterThan(10);
  });

  /** A run that was about to complete when its owner died, and a usage before or after the last result. */
  async function lived(order: "usage first" | "result first"): Promise<Stopped> {
    const W = workflow("W", { budget: { tokens: 5 } }, () => use(Ask.run({ q: "a", tokens: 1 })));
    const first = live(W, { onWrite: (_, entry) => (entry.t === "ok" ? "kept" : undefined) });
    await first.stopped;
    const disk = createDisk(first.disk);
    const at = disk.entries.findIndex(({ t }) => t === "ok");
    const usage = { t: "usage", id: "late", inputTokens: 9, seq: 0, at: disk.entries[at]!.at } as const;
    disk.entries.splice(order === "usage first" ? at : at + 1, 0, usage);
    disk.entries.forEach((entry, index) => ((entry as { seq: number }).seq = index + 1));
    return await live(W, { disk }).stopped;
  }

  test("what came before the end makes it fail, also when its owner dies in between", async () => {
    expect(await lived("usage first")).toEqual(exceeded("10 tokens"));
  });

  test("what came after the last result makes no difference", async () => {
    expect(await lived("result first")).toMatchObject({ end: { status: "completed" } });
  });

  test("a budget that was lowered meanwhile does not block the run: it fails when all has been applied", async () => {
    const { Gate, executions } = createGate();
    const W = (budget: Budget) =>
      workflow("W", { budget }, () => (
        <Sequence>
          <Ask q="a" />
          <Ask q="b" />
          <Ask q="c" />
          <Gate />
        </Sequence>
      ));
    const first = live(W({ tokens: 100 }));
    await until(() => executions.length === 1);
    first.run.stop();
    const second = live(W({ tokens: 15 }), { disk: createDisk(first.disk) });
    expect(await second.stopped).toEqual(exceeded("20 tokens, more than the 15"));
    expect(executions).toHaveLength(1);
  });
});

describe("a nested workflow's own budget", () => {
  const { Gate, executions } = createGate();
  const Small = workflow("Small", { budget: { tokens: 15 } }, () => (
    <Parallel>
      <Ask q="a" />
      <Ask q="b" />
      <Gate />
    </Parallel>
  ));
  const Outer = workflow("Outer", { budget: { tokens: 100 } }, () => (
    <Sequence>
      <Catch fallback={(error) => <Ask q={`after ${error.code} of ${error.step}`} />}>
        <Small />
      </Catch>
    </Sequence>
  ));

  test("fails that call, which may be caught, and counts for what is around it", async () => {
    const life = live(Outer);
    expect(await life.stopped).toMatchObject({ end: { output: "after budget_exceeded of Small" } });
    expect(executions.at(-1)!.signal.aborted).toBe(true);
    const small = stepNamed(life.disk, "Small");
    expect(eventsOf(life.disk, "budget.warning")).toEqual([
      { type: "budget.warning", step: small, unit: "tokens", used: 20, budget: 15 },
    ]);
  });

  test("begins nothing more until it has failed", async () => {
    const asked: number[] = [];
    const Note = component("Note", async ({ n }: { n: number }, step) => {
      asked.push(n);
      step.usage({ inputTokens: 10 });
      return n;
    });
    const One = workflow("One", { budget: { tokens: 15 } }, () => [0, 1, 2].map((n) => use(Note.run({ n }))));
    const W = workflow("W", () => (
      <Catch fallback={(error) => <Ask q={error.message} />}>
        <One />
      </Catch>
    ));
    await live(W).stopped;
    expect(asked).toEqual([0, 1]);
  });

  test("does so wherever the owner dies", async () => {
    let crashes = 0;
    for (const write of ["kept", "lost"] as const) {
      for (let atWrite = 1; ; atWrite++) {
        const run = createTestRun(Outer, {}, { crash: { atWrite, write } });
        const output = await run.output().catch((thrown: { code?: string }) => thrown.code);
        if (output === "no_crash") break;
        crashes++;
        expect(output, `${write} ${atWrite}`).toBe("after budget_exceeded of Small");
      }
    }
    expect(crashes).toBeGreaterThan(10);
  });

  test("is one of an async body, too", async () => {
    const seen: unknown[] = [];
    const SmallAsync = workflow("SmallAsync", { budget: { tokens: 15 } }, async () => {
      try {
        for (let at = 0; ; at++) await Ask.run({ q: `${at}` });
      } catch (error) {
        seen.push((error as { code: string }).code);
        throw error;
      }
    });
    const W = workflow("W", async () => {
      return await SmallAsync.run({}).catch((error: unknown) => (error as { code: string }).code);
    });
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: "budget_exceeded" } });
    await rest();
    expect(seen).toEqual(["cancelled"]);
  });
});

describe("a nested workflow that begins anew", () => {
  const budget = { tokens: 15 };
  const Rendered = workflow("Rendered", { budget }, () => [0, 1, 2].map((n) => use(Ask.run({ q: `r${n}` }))));
  const Awaited = workflow("Awaited", { budget }, async () => {
    for (let n = 0; n < 3; n++) await Ask.run({ q: `w${n}` });
    return "all";
  });
  const retrying = (child: ReactElement) => workflow("W", () => <Retry attempts={4}>{child}</Retry>);

  test.each([
    ["render", retrying(<Rendered />), ["r0", "r1"]],
    ["async", retrying(<Awaited />), ["w0", "w1"]],
  ])("has used what it had used, and fails at once (%s)", async (_, W, asked) => {
    executed.length = 0;
    const life = live(W);
    expect(await life.stopped).toEqual(exceeded("has used 20 tokens, more than the 15 of its budget"));
    expect(executed).toEqual(asked);
  });

  test("says nothing of steps that it does not begin, also where its owner dies before it has failed", async () => {
    const W = workflow("W", () => (
      <Catch fallback={<Ask q="other" />}>
        <Rendered />
      </Catch>
    ));
    const first = live(W, { onWrite: (_, { t }) => (t === "err" ? "lost" : undefined) });
    await first.stopped;
    const second = live(W, { disk: createDisk(first.disk) });
    expect(await second.stopped).toMatchObject({ end: { output: "other" } });
    expect(eventsOf(second.disk, "step.cancelled")).toEqual([]);
  });

  test("takes no signal any more", async () => {
    const Waiting = workflow("Waiting", { budget }, () => [
      use(Ask.run({ q: "a", tokens: 20 })),
      use(waitFor("go")),
    ]);
    const W = workflow("W", { input: z.object({}), signals: { go: z.number() } }, () => (
      <Catch fallback={<WaitFor name="go" />}>
        <Retry attempts={2}>
          <Waiting />
        </Retry>
      </Catch>
    ));
    const life = live(W, { disk: createDisk() });
    life.signal("go", 7);
    expect(await life.stopped).toMatchObject({ end: { output: 7 } });
  });
});

test("a build that does not ask for what has finished says so, also above its budget", async () => {
  const built = (names: readonly string[]) =>
    workflow("W", { budget: { tokens: 15 } }, () => use(all(names.map((q) => Ask.run({ q })))));
  // Its owner dies when it has used too much, and before that is its end.
  const first = live(built(["a", "b"]), { onWrite: (count) => (count === 4 ? "kept" : undefined) });
  await first.stopped;
  const second = live(built(["a"]), { disk: createDisk(first.disk), onDivergence: "rerun" });
  expect(await second.stopped).toEqual(exceeded("20 tokens"));
  const notices = eventsOf(second.disk, "log").map(({ message }) => message);
  expect(notices).toEqual([expect.stringContaining("1 finished step of Ask is not asked for")]);
});

describe("what a run asks for above its budget, when its journal is applied", () => {
  const Inner = workflow("Inner", () => use(Ask.run({ q: "inner" })));
  const W = workflow("W", { budget: { tokens: 5 } }, () => {
    const first = use(Ask.run({ q: "a" }));
    return (
      <Sequence>
        <Status>{`has ${first}`}</Status>
        <Inner />
      </Sequence>
    );
  });

  test("was never begun, nor said", async () => {
    const first = live(W);
    const ended = await first.stopped;
    expect(ended).toEqual(exceeded("10 tokens"));
    const before = first.disk.events.length;
    const again = live(W, { disk: createDisk(first.disk) });
    expect(await again.stopped).toEqual(exceeded("10 tokens"));
    expect(again.disk.events.slice(before).map(({ type }) => type)).not.toContain("step.cancelled");
    expect(again.disk.events.slice(before).map(({ type }) => type)).not.toContain("status");
  });
});

function stepNamed(disk: Disk, name: string): string {
  return eventsOf(disk, "step.started").find((event) => event.name === name)!.step;
}
