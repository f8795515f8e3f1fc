/** @jsxImportSource @alder/core */
/** E7: a run's retry is a new attempt of all of it, and clears only what lies on the uncaught path. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  all,
  Catch,
  component,
  Parallel,
  Retry,
  Sequence,
  settled,
  sleep,
  Status,
  Timeout,
  use,
  waitFor,
  workflow,
} from "@alder/core";
import type { Json } from "@alder/core";
import { createManualClock } from "@alder/core/testing";
import { z } from "zod";
import { createGate } from "./components.tsx";
import {
  createDisk,
  eventsOf,
  live,
  rest,
  until,
  type AnyWorkflow,
  type Disk,
  type LifeOptions,
} from "./harness.ts";
import { blockedBy, retried } from "./later-lives.ts";

/** Names and props of what was executed, in order. */
let executed: string[] = [];
/** Names of components that fail. */
let broken = new Set<string>();
beforeEach(() => {
  executed = [];
  broken = new Set();
});

const step = (name: string) =>
  component(name, async ({ v = null }: { v?: Json }) => {
    executed.push(v === null ? name : `${name} ${JSON.stringify(v)}`);
    if (broken.has(name)) throw new Error(`${name} is broken`);
    return v ?? name;
  });
const A = step("A");
const B = step("B");
const C = step("C");

/** Lives until it fails, is retried with these broken, and so on; the last life must complete. */
async function lives(
  program: AnyWorkflow,
  ...faults: readonly string[][]
): Promise<{ disk: Disk; output: Json }> {
  let disk = createDisk();
  for (const fault of faults) {
    broken = new Set(fault);
    const life = live(program, { disk });
    disk = retried(life.disk, await life.stopped);
  }
  broken = new Set();
  executed = [];
  const life = live(program, { disk });
  const stopped = await life.stopped;
  if (stopped.state !== "ended" || stopped.end.status !== "completed") {
    throw new Error(`it did not complete: ${JSON.stringify(stopped)}`);
  }
  await expectReplay(program, life.disk, stopped.end.output);
  return { disk: life.disk, output: stopped.end.output };
}

/** A completed run is replayed without a step executed. */
async function expectReplay(
  program: AnyWorkflow,
  disk: Disk,
  output: Json,
  options: LifeOptions = {},
): Promise<void> {
  const before = executed.length;
  expect(await live(program, { ...options, disk: createDisk(disk) }).stopped).toMatchObject({
    end: { output },
  });
  expect(executed.slice(before)).toEqual([]);
}

describe("the failed step is executed again, and what has finished is not", () => {
  test.each<[string, AnyWorkflow, Json]>([
    [
      "in a render body",
      workflow("W", () => [use(A.run({})), use(B.run({})), use(C.run({}))]),
      ["A", "B", "C"],
    ],
    [
      "in an async body",
      workflow("W", async () => [await A.run({}), await B.run({}), await C.run({})]),
      ["A", "B", "C"],
    ],
    [
      "in a tree",
      workflow("W", () => (
        <Sequence>
          <A />
          <B />
          <C />
        </Sequence>
      )),
      "C",
    ],
    ["as a prop", workflow("W", () => [use(A.run({})), use(C.run({ v: B.run({ v: 1 }) }))]), ["A", 1]],
  ])("%s", async (_, W, expected) => {
    const { output } = await lives(W, ["B"]);
    expect(output).toEqual(expected);
    expect(executed).toHaveLength(2);
    expect(executed[0]).toMatch(/^B/);
    expect(executed[1]).toMatch(/^C/);
  });

  test("a finished sibling is kept, one in flight goes on as a new start", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => (
      <Parallel>
        <A />
        <B>{() => <C />}</B>
        <Gate />
      </Parallel>
    ));
    broken.add("B");
    const first = live(W);
    const stopped = await first.stopped;
    expect(executions[0]?.signal.aborted).toBe(true);
    broken.clear();
    executed = [];
    const second = live(W, { disk: retried(first.disk, stopped) });
    await until(() => executions.length === 2);
    executions[1]?.end.resolve("late");
    expect(await second.stopped).toMatchObject({ end: { output: ["A", "C", "late"] } });
    expect(executed).toEqual(["B", "C"]);
    // E9: the attempt counts every start.
    const attempts = eventsOf(second.disk, "step.started").map(({ name, attempt }) => [name, attempt]);
    expect(attempts).toEqual([
      ["A", 1],
      ["B", 1],
      ["Gate", 1],
      ["B", 2],
      ["Gate", 2],
      ["C", 1],
    ]);
  });

  test("a result that was written while the run failed is kept, though nobody was there to take it", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", async () => {
      const late = Gate.run({});
      await A.run({});
      return [await B.run({}), await late];
    });
    broken.add("B");
    const first = live(W);
    await until(() => executions.length === 1);
    const stopped = await first.stopped;
    const disk = createDisk(first.disk);
    const done = disk.entries.find((entry) => entry.t === "ok");
    const started = eventsOf(disk, "step.started").find(({ name }) => name === "Gate");
    const id = started?.step ?? "";
    disk.events.push({ type: "step.completed", step: id, output: "late" });
    disk.entries.push({
      ...done,
      id,
      name: "Gate",
      props: "{}",
      value: "late",
      seq: disk.events.length,
    } as never);
    broken.clear();
    expect(await live(W, { disk: retried(disk, stopped) }).stopped).toMatchObject({
      end: { output: ["B", "late"] },
    });
    expect(executions).toHaveLength(1);
  });
});

describe("the uncaught path", () => {
  test("through nested workflows: each of their failures is cleared", async () => {
    const Inner = workflow("Inner", () => [use(A.run({})), use(B.run({}))]);
    const Middle = workflow("Middle", async () => [await Inner.run({}), await C.run({})]);
    for (const W of [
      workflow("W", () => [use(Middle.run({}))]),
      workflow("W", () => (
        <Parallel>
          <Middle />
        </Parallel>
      )),
    ]) {
      const { output, disk } = await lives(W, ["B"]);
      expect(output).toEqual([[["A", "B"], "C"]]);
      expect(executed).toEqual(["B", "C"]);
      expect(disk.entries.filter(({ t }) => t === "err")).toMatchObject([
        { name: "B" },
        { name: "Inner", from: [expect.any(String)] },
        { name: "Middle", from: [expect.any(String)] },
      ]);
    }
  });

  test("through a component whose child made it fail; what else failed in it is cleared, too", async () => {
    const Agent = component("Agent", async () => {
      const caught = await C.run({}).catch(() => "caught");
      return [await A.run({}), caught, await B.run({})];
    });
    const { output } = await lives(
      workflow("W", () => [use(Agent.run({}))]),
      ["B", "C"],
    );
    expect(output).toEqual([["A", "C", "B"]]);
    expect(executed).toEqual(["C", "B"]);
  });

  test("through an error that names it as its cause, and one that has gathered several", async () => {
    const wrapped = workflow("W", async () => {
      try {
        return [await A.run({}), await B.run({})];
      } catch (error) {
        throw new Error("wrapped", { cause: error });
      }
    });
    expect((await lives(wrapped, ["B"])).output).toEqual(["A", "B"]);
    expect(executed).toEqual(["B"]);
    const any = workflow("W", async () => [await Promise.any([A.run({}), B.run({})])]);
    expect((await lives(any, ["A", "B"])).output).toEqual(["A"]);
  });

  test("a caught failure elsewhere stays", async () => {
    const W = workflow("W", async () => {
      const caught = await C.run({}).catch((error: unknown) => (error as Error).message);
      return [caught, await A.run({}), await B.run({})];
    });
    expect((await lives(W, ["B", "C"])).output).toEqual(["C is broken", "A", "B"]);
    expect(executed).toEqual(["B"]);
    const boundary = workflow("W", () => (
      <Sequence>
        <Parallel>
          <Catch fallback="caught">
            <C />
          </Catch>
          <A />
        </Parallel>
        <B />
      </Sequence>
    ));
    executed = [];
    expect((await lives(boundary, ["B", "C"])).output).toBe("B");
    expect(executed).toEqual(["B"]);
  });

  test("a failure caught in the nested workflow that failed stays", async () => {
    const Inner = workflow("Inner", async () => [await C.run({}).catch(() => "caught"), await B.run({})]);
    expect(
      (
        await lives(
          workflow("W", () => [use(Inner.run({}))]),
          ["B", "C"],
        )
      ).output,
    ).toEqual([["caught", "B"]]);
    expect(executed).toEqual(["B"]);
  });

  test("a step that gave up has all its attempts again", async () => {
    const Flaky = component("Flaky", async (_: {}, { attempt }) => {
      executed.push(`Flaky ${attempt}`);
      if (broken.has("Flaky") || attempt < 3) throw new Error("flaky");
      return attempt;
    }).retry({ attempts: 3, initial: 0 });
    const { output, disk } = await lives(
      workflow("W", () => [use(A.run({})), use(Flaky.run({}))]),
      ["Flaky"],
    );
    expect(output).toEqual(["A", 3]);
    expect(executed).toEqual(["Flaky 1", "Flaky 2", "Flaky 3"]);
    const starts = eventsOf(disk, "step.started").filter(({ name }) => name === "Flaky");
    expect(starts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("a boundary that gave up has all its attempts again", async () => {
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <Sequence>
          <A />
          <B />
        </Sequence>
      </Retry>
    ));
    const { output } = await lives(W, ["B"]);
    expect(output).toBe("B");
    expect(executed).toEqual(["B"]);
  });
});

describe("a run that failed by itself is just executed again", () => {
  test("its body threw", async () => {
    let isBad = true;
    const W = workflow("W", () => {
      const a = use(A.run({}));
      if (isBad) throw new TypeError("typo");
      return [a, use(B.run({}))];
    });
    const first = live(W);
    const stopped = await first.stopped;
    isBad = false;
    executed = [];
    const second = live(W, { disk: retried(first.disk, stopped) });
    expect(await second.stopped).toMatchObject({ end: { output: ["A", "B"] } });
    expect(executed).toEqual(["B"]);
    await expectReplay(W, second.disk, ["A", "B"]);
    // The code that fails is back: it fails in the new life, not in the old one.
    isBad = true;
    await blockedBy(W, second.disk);
  });

  test.each<[string, string, (isBad: boolean) => AnyWorkflow]>([
    [
      "same_step",
      "two elements were one step",
      (isBad) =>
        workflow("W", () => (
          <Sequence>
            <A />
            <Parallel>
              <B />
              <Sequence>
                <B key={isBad ? undefined! : "own"} />
              </Sequence>
            </Parallel>
          </Sequence>
        )),
    ],
    [
      "foreign_await",
      "its body awaited something foreign",
      (isBad) =>
        workflow("W", async () => {
          await A.run({});
          if (isBad) await new Promise<void>((resolve) => setTimeout(resolve, 0));
          return [await B.run({})];
        }),
    ],
    [
      "use_in_try",
      "its body swallowed a suspension",
      (isBad) =>
        workflow("W", () => {
          use(A.run({}));
          if (!isBad) return [use(B.run({}))];
          try {
            return [use(B.run({}))];
          } catch {
            return [];
          }
        }),
    ],
  ])("%s: %s", async (code, _, make) => {
    const first = live(make(true));
    const stopped = await first.stopped;
    expect(stopped).toMatchObject({ end: { status: "failed", error: { code } } });
    executed = [];
    const second = live(make(false), { disk: retried(first.disk, stopped) });
    expect(await second.stopped).toMatchObject({ end: { status: "completed" } });
    expect(executed).not.toContain("A");
    expect(executed).toContain("B");
    await expectReplay(
      make(false),
      second.disk,
      ((await second.stopped) as { end: { output: Json } }).end.output,
    );
    // With the same code it fails again, as it did.
    const again = live(make(true), { disk: retried(first.disk, stopped) });
    expect(await again.stopped).toMatchObject({ end: { status: "failed", error: { code } } });
  });
});

describe("more than once, and after a cancel", () => {
  test("each retry clears its own path", async () => {
    const W = workflow("W", () => [use(A.run({})), use(B.run({})), use(C.run({}))]);
    const { output, disk } = await lives(W, ["B"], ["B"], ["C"], ["C"]);
    expect(output).toEqual(["A", "B", "C"]);
    expect(executed).toEqual(["C"]);
    const starts = eventsOf(disk, "step.started").map(({ name, attempt }) => [name, attempt]);
    expect(starts).toEqual([
      ["A", 1],
      ["B", 1],
      ["B", 2],
      ["B", 3],
      ["C", 1],
      ["C", 2],
      ["C", 3],
    ]);
  });

  test("a cancelled run goes on, though its cancel is in the journal", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => [use(A.run({})), use(Gate.run({}))]);
    const first = live(W);
    await until(() => executions.length === 1);
    first.run.cancel();
    const stopped = await first.stopped;
    expect(stopped).toMatchObject({ end: { status: "cancelled" } });
    expect(first.disk.entries).toContainEqual(expect.objectContaining({ t: "cancel" }));
    executed = [];
    const second = live(W, { disk: retried(first.disk, stopped) });
    await until(() => executions.length === 2);
    // Cancelled again: this end is real.
    second.run.cancel();
    const again = await second.stopped;
    expect(again).toMatchObject({ end: { status: "cancelled" } });
    const third = live(W, { disk: retried(second.disk, again) });
    await until(() => executions.length === 3);
    executions[2]?.end.resolve("done");
    expect(await third.stopped).toMatchObject({ end: { output: ["A", "done"] } });
    expect(executed).toEqual([]);
    const starts = eventsOf(third.disk, "step.started").filter(({ name }) => name === "Gate");
    expect(starts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    await expectReplay(W, third.disk, ["A", "done"]);
  });

  test("a cancel that the life before did not get to is not taken back", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => [use(Gate.run({}))]);
    const first = live(W);
    await until(() => executions.length === 1);
    first.run.cancel();
    const second = live(W, { disk: retried(first.disk, await first.stopped) });
    await until(() => executions.length === 2);
    second.run.cancel();
    await until(() => second.disk.entries.at(-1)?.t === "cancel");
    expect(await live(W, { disk: createDisk(second.disk) }).stopped).toMatchObject({
      end: { status: "cancelled" },
    });
  });

  test("a crash at any write of the life after a retry", async () => {
    const Inner = workflow("Inner", () => [use(A.run({})), use(B.run({}))]);
    const W = workflow("W", () => (
      <Parallel>
        <Inner />
        <A v="other" />
        <B v="then">{() => <C />}</B>
      </Parallel>
    ));
    broken.add("B");
    const failing = live(W);
    const disk = retried(failing.disk, await failing.stopped);
    broken.clear();
    for (const crash of ["kept", "lost", "park"] as const) {
      for (let at = 1; at <= 6; at++) {
        executed = [];
        let from = createDisk(disk);
        let writes = 0;
        let life = live(W, {
          disk: from,
          onWrite: (count) => (count === at ? crash : void (writes = count)),
        });
        let stopped = await life.stopped;
        // Two failed at once: the other one is met when the first is gone.
        for (
          let turn = 0;
          turn < 5 && (stopped.state !== "ended" || stopped.end.status !== "completed");
          turn++
        ) {
          from = stopped.state === "ended" ? retried(life.disk, stopped) : createDisk(life.disk);
          life = live(W, { disk: from });
          stopped = await life.stopped;
        }
        expect([crash, at, writes, stopped]).toMatchObject([
          crash,
          at,
          writes,
          { end: { output: [["A", "B"], "other", "C"] } },
        ]);
        expect(executed.filter((name) => name.startsWith("A"))).toEqual([]);
      }
    }
  });
});

describe("what waits", () => {
  test("a fired timer stays fired, one that was pending begins anew", async () => {
    const clock = createManualClock();
    const W = workflow("W", async () => {
      await sleep(1000);
      const late = sleep(60_000);
      await B.run({});
      await late;
      return [await C.run({})];
    });
    broken.add("B");
    const first = live(W, { clock, onIdle: () => {} });
    await until(() => eventsOf(first.disk, "step.started").length === 1);
    await rest();
    clock.advance(1000);
    const stopped = await first.stopped;
    broken.clear();
    clock.advance(120_000);
    const disk = retried(first.disk, stopped, clock.now());
    executed = [];
    const second = live(W, { clock, disk, onIdle: () => {} });
    await until(() => executed.length === 1);
    await rest();
    expect(executed).toEqual(["B"]);
    clock.advance(59_000);
    await rest();
    expect(executed).toEqual(["B"]);
    clock.advance(1000);
    expect(await second.stopped).toMatchObject({ end: { output: ["C"] } });
  });

  test("a Timeout that fired is cleared, and has its whole time again", async () => {
    const clock = createManualClock();
    const { Gate, executions } = createGate();
    for (const isRetried of [false, true]) {
      executions.length = 0;
      const limited = (
        <Timeout after={1000}>
          <Gate />
        </Timeout>
      );
      const W = workflow("W", () => (isRetried ? <Retry attempts={2}>{limited}</Retry> : limited));
      const first = live(W, { clock, onIdle: () => {} });
      for (let attempt = 1; attempt <= (isRetried ? 2 : 1); attempt++) {
        await until(() => executions.length === attempt);
        await rest();
        clock.advance(1000);
      }
      const stopped = await first.stopped;
      expect(stopped).toMatchObject({ end: { status: "failed", error: { code: "timeout" } } });
      const disk = retried(first.disk, stopped, clock.now());
      executions.length = 0;
      const second = live(W, { clock, disk, onIdle: () => {} });
      await until(() => executions.length === 1);
      await rest();
      clock.advance(999);
      await rest();
      expect(executions).toHaveLength(1);
      if (isRetried) {
        // Its second attempt.
        clock.advance(1);
        await until(() => executions.length === 2);
        await rest();
        clock.advance(999);
        await rest();
      }
      executions.at(-1)?.end.resolve("in time");
      expect(await second.stopped).toMatchObject({ end: { output: "in time" } });
    }
  });

  test("a consumed signal stays consumed, and a wait that was open asks again", async () => {
    const schemas = { input: z.object({}), signals: { go: z.string() } };
    const W = workflow("W", schemas, async () => {
      const first = await waitFor("go");
      const second = waitFor("go");
      await B.run({});
      return [first, await second];
    });
    broken.add("B");
    const life = live(W, { onIdle: () => {} });
    life.signal("go", "one");
    const disk = retried(life.disk, await life.stopped);
    broken.clear();
    const next = live(W, { disk, onIdle: () => {} });
    await until(() => eventsOf(next.disk, "input.requested").length === 3);
    next.signal("go", "two");
    expect(await next.stopped).toMatchObject({ end: { output: ["one", "two"] } });
  });
});

describe("what is said", () => {
  test("everything is said again, once, and nothing of the life before is said to be cancelled", async () => {
    const Inner = workflow("Inner", () => [use(A.run({})), use(B.run({}))]);
    const W = workflow("W", () => (
      <Sequence>
        <Status>going</Status>
        <Inner />
      </Sequence>
    ));
    const { disk } = await lives(W, ["B"], ["B"]);
    expect(eventsOf(disk, "status")).toHaveLength(3);
    const inner = eventsOf(disk, "step.started").filter(({ name }) => name === "Inner");
    expect(inner).toHaveLength(3);
    expect(eventsOf(disk, "step.cancelled")).toEqual([]);
  });

  test("in dev, where all is rendered twice", async () => {
    const W = workflow("W", () => [use(A.run({})), use(all([B.run({}), C.run({})]))] as Json);
    broken.add("B");
    const first = live(W, { strict: true });
    const disk = retried(first.disk, await first.stopped);
    broken.clear();
    executed = [];
    expect(await live(W, { strict: true, disk }).stopped).toMatchObject({
      end: { output: ["A", ["B", "C"]] },
    });
    expect(executed).toEqual(["B"]);
  });
});

test("code that was changed before the retry: what has finished is not silently redone", async () => {
  const W = (v: number): AnyWorkflow => workflow("W", () => [use(A.run({ v })), use(B.run({}))]);
  broken.add("B");
  const first = live(W(1));
  const disk = retried(first.disk, await first.stopped);
  broken.clear();
  expect((await blockedBy(W(2), disk)).divergence).toMatchObject({ was: { v: 1 }, now: { v: 2 } });
});

test("a race's loser that was asked for before is no divergence after a retry", async () => {
  const W = workflow("W", async () => {
    const results = await settled([A.run({ v: 1 }), B.run({})]);
    const first = await Promise.race([A.run({ v: 2 }), A.run({ v: 3 })]);
    return [results.length, first, await C.run({}), await A.run({ v: 4 })];
  });
  const { output } = await lives(W, ["C"]);
  expect(output).toEqual([2, 2, "C", 4]);
});
