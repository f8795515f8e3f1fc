/** @jsxImportSource @alder/core */
/** E4: a changed finished step is never silently redone. Code is edited between two lives of one run. */
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { all, Catch, component, Parallel, Retry, Sequence, sleep, use, WaitFor, workflow } from "@alder/core";
import type { Json } from "@alder/core";
import { createGate } from "./components.tsx";
import { createDisk, eventsOf, live, outputOf, rest, until, type AnyWorkflow } from "./harness.ts";
import { accepted, afterResults, blockedBy } from "./later-lives.ts";

let executed: Json[] = [];
beforeEach(() => {
  executed = [];
});

const S = component("S", async ({ v }: { v: Json }) => {
  executed.push(v);
  return v;
});
const T = component("T", async ({ v }: { v: Json }) => {
  executed.push(v);
  return v;
});

/** A chain of steps: those that begin with "t" are of another name. */
const chain = (...values: string[]): AnyWorkflow =>
  workflow("W", () => values.map((v) => use((v.startsWith("t") ? T : S).run({ v }))));
/** A chain in which each step has the result before it as its prop. */
const sum = (length: number, edit: (index: number, v: number) => number): AnyWorkflow =>
  workflow("W", () => {
    let value = 0;
    for (let index = 0; index < length; index++) value = use(S.run({ v: edit(index, value) })) as number;
    return [value];
  });

describe("what changes nothing", () => {
  test.each<[string, string[], string[]]>([
    ["the same code", ["a", "b", "c", "d"], ["d"]],
    ["finished steps in another order", ["c", "a", "b", "d"], ["d"]],
    ["a step of another name, before what has finished", ["t1", "a", "b", "c", "d"], ["t1", "d"]],
    ["a step of another name in the middle", ["a", "t1", "b", "c", "d"], ["t1", "d"]],
    ["a step of the same name after what has finished", ["a", "b", "c", "n", "d"], ["n", "d"]],
  ])("%s", async (_, values, expected) => {
    const disk = await afterResults(chain("a", "b", "c", "d"), 3);
    executed = [];
    expect(await outputOf(chain(...values), { disk })).toEqual(values);
    expect(executed).toEqual(expected);
  });

  test("boundaries around finished steps, and others beside them", async () => {
    const { Gate } = createGate();
    const before = workflow("W", () => (
      <Parallel>
        <S v={1} />
        <S v={2} />
        <Gate />
      </Parallel>
    ));
    const after = workflow("W", () => (
      <Parallel>
        <T v={0} />
        <Catch fallback={0}>
          <S v={1} />
        </Catch>
        <Retry>
          <Sequence>
            <S v={2} />
          </Sequence>
        </Retry>
      </Parallel>
    ));
    const disk = await afterResults(before, 2);
    executed = [];
    expect(await outputOf(after, { disk })).toEqual([0, 1, 2]);
    expect(executed).toEqual([0]);
  });

  test("a finished nested workflow keeps its result, whatever its code is now", async () => {
    const outer = (inner: AnyWorkflow): AnyWorkflow =>
      workflow("W", () => [use((inner as typeof Before).run({})), use(T.run({ v: "t" }))]);
    const Before = workflow("Inner", () => [use(S.run({ v: 1 }))]);
    const After = workflow("Inner", () => [use(S.run({ v: 2 }))]);
    const disk = await afterResults(outer(Before), 2);
    executed = [];
    expect(await outputOf(outer(After), { disk })).toEqual([[1], "t"]);
    expect(executed).toEqual(["t"]);
  });
});

describe("a step that is renamed or has another key is new", () => {
  test("renamed: what it leaves is a notice", async () => {
    const disk = await afterResults(chain("a", "b", "t3"), 2);
    expect(await outputOf(chain("t1", "t2", "t3"), { disk })).toEqual(["t1", "t2", "t3"]);
    expect(eventsOf(disk, "log")).toMatchObject([
      { level: "notice", message: expect.stringContaining("2 finished steps of S are not asked for") },
    ]);
  });

  test("of another key, and keyed ones may be inserted anywhere", async () => {
    const keyed = (...keys: string[]): AnyWorkflow =>
      workflow("W", () => keys.map((key) => use(S.run({ v: key }, { key }))));
    const disk = await afterResults(keyed("a", "b", "z"), 2);
    executed = [];
    expect(await outputOf(keyed("n", "a", "b", "z"), { disk })).toEqual(["n", "a", "b", "z"]);
    expect(executed).toEqual(["n", "z"]);
  });

  test("in a scope of its own", async () => {
    const Inner = workflow("Inner", ({ v }: { v: string }) => [use(S.run({ v }))]);
    const disk = await afterResults(chain("a", "z"), 1);
    const after = workflow("W", () => [use(Inner.run({ v: "n" }))]);
    expect(await outputOf(after, { disk })).toEqual([["n"]]);
  });
});

describe("a step about to start beside an unclaimed one blocks the run", () => {
  test("with both props, and how they differ", async () => {
    const disk = await afterResults(
      sum(10, (_, v) => v + 1),
      8,
    );
    executed = [];
    const { message, divergence, error } = await blockedBy(
      sum(10, (i, v) => (i === 4 ? v + 100 : v + 1)),
      disk,
    );
    expect(divergence).toEqual({
      step: "S",
      key: null,
      workflow: "W",
      was: { v: 5 },
      now: { v: 104 },
      diff: [{ op: "replace", path: "/v", value: 104 }],
    });
    expect(message).toContain("S in W would be executed with other props");
    expect(error).toBeNull();
    expect(executed).toEqual([]);
  });

  test("inserted unkeyed before others of its name", async () => {
    const disk = await afterResults(chain("a", "b", "c", "d"), 3);
    const { divergence } = await blockedBy(chain("a", "n", "b", "c", "d"), disk);
    expect(divergence).toMatchObject({ was: { v: "b" }, now: { v: "n" } });
  });

  test.each<[string, () => AnyWorkflow, () => AnyWorkflow]>([
    [
      "an element",
      () =>
        workflow("W", () => (
          <Parallel>
            <S v={1} />
            <S v={2} />
            <S v={3} />
          </Parallel>
        )),
      () =>
        workflow("W", () => (
          <Parallel>
            <S v={1} />
            <S v={5} />
            <S v={3} />
          </Parallel>
        )),
    ],
    [
      "an element of the same key",
      () =>
        workflow("W", () => (
          <Parallel>
            <S key="k" v={1} />
            <S key="l" v={2} />
            <S v={3} />
          </Parallel>
        )),
      () =>
        workflow("W", () => (
          <Parallel>
            <S key="k" v={1} />
            <S key="l" v={5} />
            <S v={3} />
          </Parallel>
        )),
    ],
    [
      "calls at once, made a chain in another order",
      () => workflow("W", () => use(all([1, 2, 3].map((v) => S.run({ v }))))),
      () => workflow("W", () => [3, 2, 1].map((v) => use(S.run({ v })))),
    ],
    [
      "an async body's",
      () => workflow("W", async () => [await S.run({ v: 1 }), await S.run({ v: 2 }), await S.run({ v: 3 })]),
      () => workflow("W", async () => [await S.run({ v: 1 }), await S.run({ v: 5 }), await S.run({ v: 3 })]),
    ],
    [
      "a timer",
      () => workflow("W", () => [use(sleep(1)), use(sleep(2)), use(S.run({ v: 1 }))]),
      () => workflow("W", () => [use(sleep(1)), use(sleep(5)), use(S.run({ v: 1 }))]),
    ],
  ])("%s", async (_, before, after) => {
    const disk = await afterResults(before(), 2, { onIdle: () => {} });
    executed = [];
    await blockedBy(after(), disk);
    expect(executed).toEqual([]);
  });

  test("in a nested workflow that has not ended", async () => {
    const outer = (factor: number): AnyWorkflow => {
      const Inner = workflow("Inner", () => [use(S.run({ v: factor })), use(S.run({ v: 2 }))]);
      return workflow("W", () => [use(Inner.run({}))]);
    };
    const disk = await afterResults(outer(1), 1);
    expect((await blockedBy(outer(50), disk)).divergence).toMatchObject({
      workflow: "Inner",
      now: { v: 50 },
    });
  });

  test("a nested workflow that has ended, with other props", async () => {
    const Inner = workflow("Inner", ({ v }: { v: number }) => [use(S.run({ v }))]);
    for (const isElement of [true, false]) {
      const outer = (v: number): AnyWorkflow =>
        isElement
          ? workflow("W", () => (
              <Parallel>
                <Inner v={v} />
                <T v="t" />
              </Parallel>
            ))
          : workflow("W", () => [use(Inner.run({ v })), use(T.run({ v: "t" }))]);
      const disk = await afterResults(outer(1), isElement ? 3 : 2);
      executed = [];
      expect((await blockedBy(outer(2), disk)).divergence).toMatchObject({ step: "Inner", now: { v: 2 } });
      expect(executed).toEqual([]);
    }
  });

  test("any time later in that life, once what is under way has ended and is kept", async () => {
    const { Gate, executions } = createGate();
    const W = (v: number): AnyWorkflow =>
      workflow("W", async () => {
        const slow = Gate.run({});
        await S.run({ v: "first" });
        await T.run({ v: "new" });
        return [await slow, await S.run({ v })];
      });
    const before = workflow("W", async () => [
      await S.run({ v: "first" }),
      await S.run({ v: 1 }),
      await T.run({ v: "new" }),
    ]);
    const disk = await afterResults(before, 2);
    executed = [];
    const life = live(W(2), { disk: createDisk(disk) });
    await until(() => executed.length === 1);
    expect(executed).toEqual(["new"]);
    executions[0]?.end.resolve("slow");
    expect(await life.stopped).toMatchObject({
      state: "blocked",
      blocked: { divergence: { now: { v: 2 } } },
    });
    // Once more, with what was done meanwhile.
    expect(await live(W(2), { disk: createDisk(life.disk) }).stopped).toMatchObject({ state: "blocked" });
    expect(await outputOf(W(1), { disk: createDisk(life.disk) })).toEqual(["slow", 1]);
    expect(executed).toEqual(["new"]);
    expect(executions).toHaveLength(1);
  });

  test("what is under way in another branch ends first, and is kept", async () => {
    const { Gate, executions } = createGate();
    const W = (v: number): AnyWorkflow =>
      workflow("W", () => (
        <Parallel>
          <Gate />
          <T v="new">{() => <S v={v} />}</T>
        </Parallel>
      ));
    const before = workflow("W", () => (
      <Parallel>
        <S v={1} />
        <T v="old" />
      </Parallel>
    ));
    const disk = await afterResults(before, 1);
    executed = [];
    const life = live(W(2), { disk });
    await until(() => executed.length === 1 && executions.length === 1);
    await rest();
    expect(executed).toEqual(["new"]);
    executions[0]?.end.resolve("kept");
    expect(await life.stopped).toMatchObject({ state: "blocked" });
    expect(life.disk.entries).toContainEqual(
      expect.objectContaining({ t: "ok", name: "Gate", value: "kept" }),
    );
  });
});

describe("while what is under way ends", () => {
  test("no workflow ends: what it would make of it is for the code that goes on", async () => {
    const { Gate, executions } = createGate();
    const W = (v: number): AnyWorkflow =>
      workflow("W", async () => {
        const slow = Gate.run({});
        await T.run({ v: "new" });
        return [await Promise.race([slow, S.run({ v })])];
      });
    const before = workflow("W", async () => [await S.run({ v: 1 }), await T.run({ v: "old" })]);
    const disk = await afterResults(before, 1);
    const life = live(W(2), { disk });
    await until(() => executions.length === 1 && executed.includes("new"));
    await rest();
    executions[0]?.end.resolve("first");
    expect(await life.stopped).toMatchObject({ state: "blocked" });
  });

  test("a nested workflow that is to be done again is not begun, whichever of its elements is mounted first", async () => {
    const Inner = workflow("Inner", ({ v }: { v: number }) => (
      <Parallel>
        <S v={v} />
      </Parallel>
    ));
    const W = (v: number): AnyWorkflow =>
      workflow("W", () => (
        <Sequence>
          <T v="new" />
          <Inner v={v} />
        </Sequence>
      ));
    const before = workflow("W", () => (
      <Sequence>
        <Inner v={1} />
        <T v="old" />
      </Sequence>
    ));
    const disk = await afterResults(before, 2);
    executed = [];
    const life = live(W(2), { disk });
    expect(await life.stopped).toMatchObject({
      state: "blocked",
      blocked: { divergence: { step: "Inner" } },
    });
    expect(executed).toEqual(["new"]);
  });
});

describe("props are told for people", () => {
  test("a long value, and a call that is a prop", async () => {
    const long = "x".repeat(5000);
    const Two = component(
      "Two",
      async (props: { text: string; notes: Json; same: string }) => props.text.length,
    );
    const W = (text: string): AnyWorkflow =>
      workflow("W", () => [
        use(Two.run({ text, notes: S.run({ v: 1 }), same: "y".repeat(3000) })),
        use(T.run({ v: "t" })),
      ]);
    const disk = await afterResults(W("a"), 2);
    const { divergence } = await blockedBy(W(long), disk);
    expect(divergence?.was).toMatchObject({ text: "a", notes: 'the result of S({"v":1})' });
    const now = divergence?.now as { text: string; same: string };
    expect(now.text.length).toBeLessThan(500);
    expect(now.same).toContain("3000 characters");
    expect(now.text).toMatch(/^xxxx/);
    expect(divergence?.diff).toMatchObject([{ op: "replace", path: "/text" }]);
  });
});

describe("put back, accepted, or rerun", () => {
  const before = sum(20, (_, v) => v + 1);
  const after = sum(20, (index, v) => (index === 9 ? v + 100 : v + 1));

  test("with the code put back it goes on where it was", async () => {
    const disk = await afterResults(before, 15);
    await blockedBy(after, disk);
    executed = [];
    expect(await outputOf(before, { disk })).toEqual([20]);
    expect(executed).toHaveLength(5);
  });

  test("one accept is enough, and is replayed as it was", async () => {
    const disk = accepted(await afterResults(before, 15));
    executed = [];
    const life = live(after, { disk });
    expect(await life.stopped).toMatchObject({ end: { output: [119] } });
    expect(executed).toHaveLength(11);
    executed = [];
    expect(await outputOf(after, { disk: createDisk(life.disk) })).toEqual([119]);
    expect(executed).toEqual([]);
  });

  test("what is accepted stays deliverable", async () => {
    const disk = accepted(await afterResults(chain("a", "b", "c", "d"), 3));
    executed = [];
    expect(await outputOf(chain("a", "n", "b", "c", "d"), { disk })).toEqual(["a", "n", "b", "c", "d"]);
    expect(executed).toEqual(["n", "d"]);
  });

  test("what is left unclaimed after the accept blocks again", async () => {
    const disk = accepted(await afterResults(chain("a", "b"), 1));
    const more = await afterResults(chain("x", "y", "z"), 2, { disk });
    expect(await blockedBy(chain("x", "w", "z"), more)).toMatchObject({
      divergence: { was: { v: "y" }, now: { v: "w" } },
    });
  });

  test("a crash between the block and the accept, or right after it, changes nothing", async () => {
    const disk = await afterResults(before, 15);
    const first = live(after, { disk: createDisk(disk) });
    await first.stopped;
    const blockedAgain = live(after, { disk: createDisk(first.disk) });
    expect(await blockedAgain.stopped).toEqual(await first.stopped);
    const decided = accepted(blockedAgain.disk);
    const crashed = live(after, { disk: decided, onWrite: () => "lost" });
    expect(await crashed.stopped).toEqual({ state: "crashed" });
    expect(await outputOf(after, { disk: createDisk(crashed.disk) })).toEqual([119]);
  });

  test('"rerun" executes the step, and the stream says so once', async () => {
    const disk = await afterResults(chain("a", "b", "c"), 2);
    executed = [];
    const life = live(chain("a", "x", "c"), { disk, onDivergence: "rerun" });
    expect(await life.stopped).toMatchObject({ end: { output: ["a", "x", "c"] } });
    expect(executed).toEqual(["x", "c"]);
    expect(eventsOf(life.disk, "run.diverged")).toMatchObject([
      { divergence: { step: "S", was: { v: "b" }, now: { v: "x" } } },
    ]);
    const again = live(chain("a", "x", "c"), { disk: createDisk(life.disk), onDivergence: "rerun" });
    expect(await again.stopped).toMatchObject({ end: { output: ["a", "x", "c"] } });
    expect(eventsOf(again.disk, "run.diverged")).toHaveLength(1);
  });

  test('"rerun" compares each step that is executed again with the next result', async () => {
    const disk = await afterResults(
      sum(6, (_, v) => v + 1),
      5,
    );
    const life = live(
      sum(6, (index, v) => (index === 2 ? v + 10 : v + 1)),
      { disk, onDivergence: "rerun" },
    );
    await life.stopped;
    expect(eventsOf(life.disk, "run.diverged").map(({ divergence: { was, now } }) => [was, now])).toEqual([
      [{ v: 3 }, { v: 12 }],
      [{ v: 4 }, { v: 13 }],
      [{ v: 5 }, { v: 14 }],
    ]);
  });

  test('"rerun" does a nested workflow again that has ended', async () => {
    const Inner = workflow("Inner", ({ v }: { v: number }) => [use(S.run({ v }))]);
    const outer = (v: number): AnyWorkflow =>
      workflow("W", () => [use(Inner.run({ v })), use(T.run({ v: "t" }))]);
    const disk = await afterResults(outer(1), 2);
    const life = live(outer(2), { disk, onDivergence: "rerun" });
    expect(await life.stopped).toMatchObject({ end: { output: [[2], "t"] } });
    expect(eventsOf(life.disk, "run.diverged")).toMatchObject([{ divergence: { step: "Inner" } }]);
  });
});

describe("a build that throws while results remain unasked blocks, too", () => {
  const throwing = (at: number, make: () => Error): AnyWorkflow =>
    workflow("W", () =>
      [1, 2, 3, 4].map((v) => {
        if (v === at) throw make();
        return use(S.run({ v }));
      }),
    );
  const whole = throwing(0, () => new Error());

  test("a render body, an async one, and a nested workflow's", async () => {
    const disk = await afterResults(whole, 3);
    const { message, divergence, error } = await blockedBy(
      throwing(3, () => new TypeError("typo")),
      disk,
    );
    expect([divergence, error?.message]).toEqual([null, "typo"]);
    expect(message).toContain('W threw "typo" before it asked for what has finished: S');
    const body = (isBad: boolean): AnyWorkflow =>
      workflow("W", async () => {
        await S.run({ v: 1 });
        if (isBad) throw new TypeError("typo");
        return [await S.run({ v: 2 }), await S.run({ v: 3 })];
      });
    await blockedBy(body(true), await afterResults(body(false), 2));
    const outer = (isBad: boolean): AnyWorkflow => {
      const Inner = workflow("Inner", () => {
        use(S.run({ v: 1 }));
        if (isBad) throw new TypeError("typo");
        return [use(S.run({ v: 2 })), use(S.run({ v: 3 }))];
      });
      return workflow("W", () => [use(Inner.run({}))]);
    };
    const nested = await blockedBy(outer(true), await afterResults(outer(false), 2));
    expect(nested.message).toContain("Inner threw");
  });

  test("a nested workflow's, before it has called another one that is not done", async () => {
    const { Gate } = createGate();
    const code = (isBad: boolean): AnyWorkflow => {
      const Inmost = workflow("Inmost", () => [use(S.run({ v: 5 })), use(Gate.run({}))]);
      const Inner = workflow("Inner", () => {
        use(S.run({ v: 1 }));
        if (isBad) throw new TypeError("typo");
        return [use(Inmost.run({}))];
      });
      return workflow("W", async () => [await Inner.run({}).catch(() => "caught")]);
    };
    const disk = await afterResults(code(false), 2);
    expect((await blockedBy(code(true), disk)).message).toContain("Inner threw");
  });

  test("an error of the engine's", async () => {
    const before = workflow("W", () => (
      <Sequence>
        <S v={1} />
        <S v={2} />
        <S v={3} />
      </Sequence>
    ));
    const after = workflow("W", () => (
      <Sequence>
        <Parallel>
          <S v={1} />
        </Parallel>
        <Parallel>
          <T v={1} />
          <Sequence>
            <T v={1} />
          </Sequence>
        </Parallel>
      </Sequence>
    ));
    expect((await blockedBy(after, await afterResults(before, 2))).error?.code).toBe("same_step");
    const foreign = workflow("W", async () => {
      await S.run({ v: 1 });
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      return 1;
    });
    const lasting = workflow("W", async () => [
      await S.run({ v: 1 }),
      await S.run({ v: 2 }),
      await S.run({ v: 3 }),
    ]);
    expect((await blockedBy(foreign, await afterResults(lasting, 2))).error?.code).toBe("foreign_await");
  });

  test("accepted, or with nothing unasked, it fails", async () => {
    const disk = await afterResults(whole, 3);
    await expect(
      outputOf(
        throwing(3, () => new TypeError("typo")),
        { disk: accepted(disk) },
      ),
    ).rejects.toThrow("typo");
    const two = await afterResults(whole, 2);
    await expect(
      outputOf(
        throwing(3, () => new TypeError("typo")),
        { disk: two },
      ),
    ).rejects.toThrow("typo");
  });

  test('with "rerun" it fails', async () => {
    const disk = await afterResults(whole, 3);
    const stopped = await live(
      throwing(3, () => new TypeError("typo")),
      { disk, onDivergence: "rerun" },
    ).stopped;
    expect(stopped).toMatchObject({ end: { status: "failed" } });
  });
});

describe("what never blocks", () => {
  test("inside components a new id is just new", async () => {
    const { Gate, executions } = createGate();
    const W = (v: number): AnyWorkflow => {
      const Agent = component("Agent", async () => [await S.run({ v }), await Gate.run({})]);
      return workflow("W", () => [use(Agent.run({}))]);
    };
    const disk = await afterResults(W(1), 1);
    const life = live(W(2), { disk });
    await until(() => executions.length === 1);
    executions[0]?.end.resolve("end");
    expect(await life.stopped).toMatchObject({ end: { output: [[2, "end"]] } });
    expect(eventsOf(disk, "log")).toEqual([]);
  });

  test("what was asked for in this life and left: the loser of a race", async () => {
    const W = workflow("W", async () => {
      const first = await Promise.race([S.run({ v: "a" }), S.run({ v: "b" })]);
      await T.run({ v: first });
      return [first, await S.run({ v: "c" })];
    });
    for (let results = 1; results <= 3; results++) {
      const disk = await afterResults(W, results);
      expect(await outputOf(W, { disk })).toEqual(["a", "c"]);
    }
  });
});

test("a blocked run asks for no input and consumes no signal", async () => {
  const schemas = { input: z.object({}), signals: { go: z.string() } };
  const W = (v: number): AnyWorkflow =>
    workflow("W", schemas, () => (
      <Parallel>
        <S v={v} />
        <WaitFor name="go" />
      </Parallel>
    ));
  const before = workflow("W", schemas, () => (
    <Parallel>
      <S v={1} />
      <T v={1} />
    </Parallel>
  ));
  const disk = await afterResults(before, 1);
  const life = live(W(2), { disk });
  life.signal("go", "early");
  expect(await life.stopped).toMatchObject({ state: "blocked" });
  expect(eventsOf(disk, "input.requested")).toEqual([]);
  expect(await outputOf(W(1), { disk: createDisk(disk) })).toEqual([1, "early"]);
});
