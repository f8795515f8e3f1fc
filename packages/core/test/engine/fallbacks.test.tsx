/** @jsxImportSource @alder/core */
/** What takes the place of a component that has failed for good: E1, E2, E3, E6 and E7 hold for it as for any step. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  Catch,
  component,
  NonRetryableError,
  race,
  Retry,
  Sequence,
  use,
  waitFor,
  workflow,
  type Component,
  type Json,
} from "@alder/core";
import { createManualClock, createTestRun, expectRecovery } from "@alder/core/testing";
import { createContext } from "react";
import { z } from "zod";
import { createGate } from "./components.tsx";
import { createHandDesk } from "./hand-desk.ts";
import { createDisk, eventsOf, live, outputOf, rest, startedComponents, until } from "./harness.ts";
import { retried } from "./later-lives.ts";

/** What was executed, in order. */
let executed: string[] = [];
let broken = new Set<string>();
beforeEach(() => {
  executed = [];
  broken = new Set(["A"]);
});

const step = (name: string): Component<{ v: number }, string> =>
  component(name, async ({ v }: { v: number }) => {
    executed.push(name);
    if (broken.has(name)) throw new Error(`${name} is broken`);
    return `${name} ${v}`;
  });
const A = step("A");
const B = step("B");
const C = step("C");
const D = step("D");

const only = (X: Component<{ v: number }, unknown>) => workflow("W", () => use(X.run({ v: 1 })) as Json);

describe("a component that fails for good", () => {
  test("is not fallen back from while it succeeds", async () => {
    broken.clear();
    const life = live(only(A.fallback(B)));
    expect(await life.stopped).toMatchObject({ end: { output: "A 1" } });
    expect(executed).toEqual(["A"]);
    expect(eventsOf(life.disk, "step.fallback")).toEqual([]);
  });

  test("has the output of the component it falls back to, which is executed inside it", async () => {
    const life = live(only(A.fallback(B)));
    expect(await life.stopped).toMatchObject({ end: { output: "B 1" } });
    expect(executed).toEqual(["A", "B"]);
    const [outer, inner] = eventsOf(life.disk, "step.started");
    expect(inner).toMatchObject({ name: "B", parent: outer!.step });
    expect(eventsOf(life.disk, "step.fallback")).toEqual([
      {
        type: "step.fallback",
        step: outer!.step,
        to: "B",
        error: { name: "Error", message: "A is broken", code: null, step: "A" },
      },
    ]);
    expect(eventsOf(life.disk, "step.completed").map(({ output }) => output)).toEqual(["B 1", "B 1"]);
  });

  test("or what a function makes of the error and the props", async () => {
    const X = A.fallback((error, { v }) => ({ [error.message]: v }));
    expect(await outputOf(only(X))).toEqual({ "A is broken": 1 });
  });

  test("tries all its attempts first", async () => {
    const X = A.retry({ attempts: 3, initial: 1 }).fallback(B);
    const run = createTestRun(only(X), {});
    expect(await run.output()).toBe("B 1");
    expect(executed).toEqual(["A", "A", "A", "B"]);
  });

  test("and the fallback all of its own", async () => {
    broken.add("B");
    const X = A.fallback(B.retry({ attempts: 2, initial: 1 })).fallback(() => "none");
    expect(await createTestRun(only(X), {}).output()).toBe("none");
    expect(executed).toEqual(["A", "B", "B"]);
  });

  test("tries several in order, also those of a fallback", async () => {
    broken = new Set(["A", "B", "C"]);
    const life = live(only(A.fallback(B.fallback(C)).fallback(D)));
    expect(await life.stopped).toMatchObject({ end: { output: "D 1" } });
    expect(executed).toEqual(["A", "B", "C", "D"]);
    expect(eventsOf(life.disk, "step.fallback").map(({ to, error }) => [to, error.message])).toEqual([
      ["B", "A is broken"],
      ["C", "B is broken"],
      ["D", "C is broken"],
    ]);
  });

  test("fails with what the last has failed with", async () => {
    broken = new Set(["A", "B"]);
    await expect(outputOf(only(A.fallback(B)))).rejects.toMatchObject({ message: "B is broken", step: "B" });
    const X = A.fallback(() => {
      throw new NonRetryableError("nothing to say");
    });
    await expect(outputOf(only(X))).rejects.toMatchObject({ code: "non_retryable", step: "A" });
  });

  test("as an element, as a prop, and in an async body alike", async () => {
    const X = A.fallback(B);
    const Show = component("Show", async ({ text }: { text: string }) => `<${text}>`);
    expect(await outputOf(workflow("W", () => <X v={2}>{(text) => <Show text={text} />}</X>))).toBe("<B 2>");
    expect(await outputOf(workflow("W", () => <Show text={X.run({ v: 3 })} />))).toBe("<B 3>");
    expect(await outputOf(workflow("W", async () => await X.run({ v: 4 })))).toBe("B 4");
    const Calls = component("Calls", async () => await X.run({ v: 5 }));
    expect(await outputOf(workflow("W", () => <Calls />))).toBe("B 5");
  });

  test("gives the fallback its props, those that were pending, too", async () => {
    const seen: unknown[] = [];
    const X = A.fallback((_, props) => seen.push(props) && "seen").fallback(B);
    const Number = component("Number", async () => 7);
    expect(await outputOf(workflow("W", () => <X v={Number.run({})} />))).toBe("seen");
    expect(seen).toEqual([{ v: 7 }]);
    expect(await outputOf(workflow("W", () => [use(A.fallback(B).run({ v: Number.run({}) }))]))).toEqual([
      "B 7",
    ]);
  });

  test("also where it took too long", async () => {
    const Slow = component("Slow", async ({ v }: { v: number }, { signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
      return v;
    }).timeout("1s");
    const run = createTestRun(only(Slow.fallback((error) => error.code)), {});
    await run.clock.advance("1s");
    expect(await run.output()).toBe("timeout");
  });
});

describe("a component with a limit", () => {
  const llm = { key: "llm", concurrency: 1 } as const;

  test("is fallen back from at once while the circuit of its limit is open", async () => {
    const desk = createHandDesk();
    const X = A.retry({ attempts: 5 }).limit(llm).fallback(B);
    const life = live(only(X), { permits: desk });
    await until(() => desk.asked.length === 1);
    desk.asked[0]!.want.onOpen(0);
    expect(await life.stopped).toMatchObject({ end: { output: "B 1" } });
    expect(executed).toEqual(["B"]);
    expect(eventsOf(life.disk, "step.fallback")).toMatchObject([
      { to: "B", error: { code: "circuit_open" } },
    ]);
  });

  test("has given its permit back when the fallback asks for one", async () => {
    const desk = createHandDesk(true);
    const life = live(only(A.limit(llm).fallback(B.limit(llm))), { permits: desk });
    expect(await life.stopped).toMatchObject({ end: { output: "B 1" } });
    expect(desk.asked.map(({ key, want }) => [key, want.slot])).toEqual([
      ["llm", true],
      ["llm", true],
    ]);
    expect(desk.left()).toEqual([]);
  });
});

describe("a component with a cache", () => {
  const forRun = { ttl: "1d", scope: "run" } as const;
  const twice = (X: Component<{ v: number }, Json>) =>
    workflow("W", async () => {
      const first = await X.run({ v: 1 }, { key: 1 });
      broken.clear();
      return [first, await X.run({ v: 1 }, { key: 2 })];
    });

  test("keeps only what it has returned itself for others", async () => {
    expect(await outputOf(twice(A.cache(forRun).fallback(B)))).toEqual(["B 1", "A 1"]);
  });

  test("which a fallback may do for its own", async () => {
    const X = A.fallback(B.cache(forRun));
    const W = workflow("W", async () => [
      await X.run({ v: 1 }, { key: 1 }),
      await X.run({ v: 1 }, { key: 2 }),
    ]);
    expect(await outputOf(W)).toEqual(["B 1", "B 1"]);
    expect(executed).toEqual(["A", "B", "A"]);
  });
});

describe("a fallback function", () => {
  test("may call steps, which are kept like any", async () => {
    const W = only(A.fallback(async (_, { v }) => [await B.run({ v: v + 1 }), await C.run({ v })]));
    expect(await sameWhereverItDies(W)).toEqual(["B 2", "C 1"]);
    const life = live(W, {
      onWrite: (_, entry) => (entry.t === "ok" && entry.name === "B" ? "kept" : undefined),
    });
    await life.stopped;
    executed = [];
    await outputOf(W, { disk: createDisk(life.disk) });
    expect(executed).toEqual(["C"]);
  });

  test("calls anew what the failed body has called with the same props", async () => {
    broken = new Set(["B"]);
    const X = component("X", async ({ v }: { v: number }) => await B.run({ v })).fallback(
      async (_, { v }) => {
        broken.clear();
        return await B.run({ v });
      },
    );
    expect(await outputOf(only(X))).toBe("B 1");
    expect(executed).toEqual(["B", "B"]);
  });
});

describe("a workflow as a fallback", () => {
  test("may wait for a person", async () => {
    const AskPerson = workflow("AskPerson", { input: z.object({ v: z.number() }) }, async ({ v }) => {
      const answer = await waitFor("answer", { schema: z.string() });
      return `${answer} ${v}`;
    });
    const X = A.fallback(AskPerson);
    const W = workflow("W", { input: z.object({}), signals: { answer: z.string() } }, () => <X v={1} />);
    const run = createTestRun(W, {});
    await run.rest();
    await run.signal("answer", "by hand");
    expect(await run.output()).toBe("by hand 1");
  });
});

describe("the output schema of the component", () => {
  const schemas = { input: z.object({ v: z.number() }), output: z.object({ n: z.number() }) };
  const Fails = component("Fails", schemas, async () => {
    throw new Error("down");
  });

  test("holds for what a fallback gives", async () => {
    expect(await outputOf(only(Fails.fallback((_, { v }) => ({ n: v }))))).toEqual({ n: 1 });
    const W = only(Fails.fallback(() => ({ n: "one" }) as never));
    await expect(outputOf(W)).rejects.toMatchObject({ code: "invalid_output" });
  });

  test("and where there is no worker, too", async () => {
    await expect(Fails.fallback((_, { v }) => ({ n: v })).run({ v: 2 })).resolves.toEqual({ n: 2 });
    await expect(Fails.fallback(() => ({ n: "one" }) as never).run({ v: 1 })).rejects.toMatchObject({
      code: "invalid_output",
    });
    await expect(A.fallback(B.fallback(C)).fallback(D).run({ v: 2 })).resolves.toBe("B 2");
    broken.add("B");
    await expect(A.fallback(B).run({ v: 2 })).rejects.toThrow("B is broken");
    await expect(
      A.fallback(B)
        .fallback((error) => error.message)
        .run({ v: 2 }),
    ).resolves.toBe("B is broken");
  });
});

describe("after a crash", () => {
  test("it comes to the same, wherever the owner dies", async () => {
    broken = new Set(["A", "B"]);
    expect(await sameWhereverItDies(only(A.fallback(B).fallback(C)))).toBe("C 1");
  });

  /** Executed in the life after one whose owner died when the entry had been written. */
  async function executedAfter(W: ReturnType<typeof only>, isThere: (entry: { t: string }) => boolean) {
    const life = live(W, { onWrite: (_, entry) => (isThere(entry) ? "kept" : undefined) });
    expect(await life.stopped).toEqual({ state: "crashed" });
    executed = [];
    const second = live(W, { disk: createDisk(life.disk) });
    expect(await second.stopped).toMatchObject({ end: { status: "completed" } });
    return { names: executed, disk: second.disk, from: life.disk.events.length };
  }

  test("between the failure and the fallback's end, the component is not tried again", async () => {
    const W = only(A.fallback(B));
    const { names, disk, from } = await executedAfter(W, ({ t }) => t === "fallback");
    expect(names).toEqual(["B"]);
    expect(startedComponents(disk, from)).toEqual(["A", "B"]);
    // Both lives say so: the second begins the step anew in the stream.
    expect(eventsOf(disk, "step.fallback")).toHaveLength(2);
  });

  test("after the fallback's end, nothing is executed again", async () => {
    const { names } = await executedAfter(only(A.fallback(B)), ({ t }) => t === "ok");
    expect(names).toEqual([]);
  });

  test("the second fallback goes on where the first has failed", async () => {
    broken = new Set(["A", "B"]);
    const W = only(A.fallback(B).fallback(C));
    const { names } = await executedAfter(
      W,
      (entry) => entry.t === "fallback" && "failed" in entry && entry.failed === 2,
    );
    expect(names).toEqual(["C"]);
  });

  test("what the failed body had finished is found where it is tried again", async () => {
    const X = component("X", async ({ v }: { v: number }) => [await C.run({ v }), await A.run({ v })].join());
    broken = new Set(["A", "B"]);
    const Y = X.fallback(B);
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <Y v={1} />
      </Retry>
    ));
    const life = live(W, {
      onWrite(_, entry) {
        if (entry.t === "err" && entry.name === "X") broken.clear();
        return undefined;
      },
    });
    expect(await life.stopped).toMatchObject({ end: { output: "C 1,A 1" } });
    expect(executed).toEqual(["C", "A", "B", "A"]);
  });

  test("a build without the fallback fails with what was the failure, and can be retried", async () => {
    const life = live(only(A.fallback(B)), {
      onWrite: (_, { t }) => (t === "fallback" ? "kept" : undefined),
    });
    await life.stopped;
    executed = [];
    const second = live(only(A), { disk: createDisk(life.disk) });
    const failed = await second.stopped;
    expect(failed).toMatchObject({ end: { status: "failed", error: { message: "A is broken" } } });
    expect(executed).toEqual([]);
    broken.clear();
    expect(await live(only(A), { disk: retried(second.disk, failed) }).stopped).toMatchObject({
      end: { output: "A 1" },
    });
  });

  test("a step of a given id is the same with and without fallbacks", async () => {
    broken.clear();
    const done = live(only(A));
    await done.stopped;
    executed = [];
    expect(await outputOf(only(A.fallback(B)), { disk: createDisk(done.disk) })).toBe("A 1");
    expect(executed).toEqual([]);
  });
});

describe("a new attempt of what is around it (E7)", () => {
  test("begins with the component again, after all have failed", async () => {
    broken = new Set(["A", "B"]);
    const X = A.fallback(B);
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <X v={1} />
      </Retry>
    ));
    await expect(outputOf(W)).rejects.toThrow("B is broken");
    expect(executed).toEqual(["A", "B", "A", "B"]);
  });

  test("keeps one that has succeeded by its fallback", async () => {
    const X = A.fallback(B);
    broken.add("C");
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <Sequence>
          <X v={1} />
          <C v={1} />
        </Sequence>
      </Retry>
    ));
    await expect(outputOf(W)).rejects.toThrow("C is broken");
    expect(executed).toEqual(["A", "B", "C", "C"]);
  });

  test("of a component keeps one that is in flight in its fallback, live and after a crash", async () => {
    const { Gate, executions } = createGate();
    const X = A.fallback(async () => await Gate.run({}));
    const Around = component("Around", async (_: {}, { attempt }) => {
      const call = X.run({ v: 1 });
      if (attempt === 1) {
        await until(() => executions.length === 1);
        throw new Error("once");
      }
      return await call;
    }).retry({ attempts: 2, initial: 1 });
    const W = workflow("W", () => <Around />);
    const clock = createManualClock();
    const life = live(W, { clock, onIdle() {} });
    await until(() => life.disk.entries.some(({ t }) => t === "attempt"));
    clock.advance(1);
    await rest();
    expect(executed).toEqual(["A"]);
    life.run.stop();
    const second = live(W, { clock, disk: createDisk(life.disk), onIdle() {} });
    await until(() => executions.length === 2);
    executions[1]!.end.resolve("done");
    expect(await second.stopped).toMatchObject({ end: { output: "done" } });
    expect(executed).toEqual(["A"]);
  });

  test("of a component begins with the component again, after all have failed in the one before", async () => {
    broken = new Set(["A", "B"]);
    const X = A.fallback(B);
    const Around = component("Around", async (_: {}, { attempt }) => {
      if (attempt === 2) broken.clear();
      return await X.run({ v: 1 });
    }).retry({ attempts: 2, initial: 1 });
    const W = workflow("W", () => <Around />);
    expect(await createTestRun(W, {}).output()).toBe("A 1");
    expect(executed).toEqual(["A", "B", "A"]);
    broken = new Set(["A", "B"]);
    const run = createTestRun(W, {}, { crash: { atWrite: 4, write: "kept" } });
    expect(await run.output()).toBe("A 1");
  });

  test("of the run begins with the component again where it lay on the uncaught path", async () => {
    broken = new Set(["A", "B"]);
    const W = only(A.fallback(B));
    const first = live(W);
    const failed = await first.stopped;
    executed = [];
    broken = new Set(["A"]);
    const second = live(W, { disk: retried(first.disk, failed) });
    expect(await second.stopped).toMatchObject({ end: { output: "B 1" } });
    expect(executed).toEqual(["A", "B"]);
  });

  test("of the run goes on with the fallback of a step that was in flight", async () => {
    const { Gate, executions } = createGate();
    const X = A.fallback(async () => await Gate.run({}));
    const Late = component("Late", async () => {
      await until(() => executions.length === 1);
      if (broken.has("Late")) throw new Error("Late is broken");
      return "late";
    });
    broken.add("Late");
    const W = workflow("W", () => {
      const [one, other] = [X.run({ v: 1 }), Late.run({})];
      return [use(other), use(one)];
    });
    const first = live(W);
    const failed = await first.stopped;
    broken.delete("Late");
    executed = [];
    const second = live(W, { disk: retried(first.disk, failed) });
    await until(() => executions.length === 2);
    executions[1]!.end.resolve("done");
    expect(await second.stopped).toMatchObject({ end: { output: ["late", "done"] } });
    expect(executed).toEqual([]);
  });
});

describe("when it is not needed any more (E6)", () => {
  test("the fallback is cancelled, and begins with the component when it is asked for again", async () => {
    const { Gate, executions } = createGate();
    const X = A.fallback(async () => await Gate.run({}));
    const { Gate: Other, executions: others } = createGate("Other");
    const W = workflow("W", async () => {
      const won = await race([X.run({ v: 1 }), Other.run({})]);
      return [won, await X.run({ v: 1 }, { key: "again" })] as Json;
    });
    const life = live(W);
    await until(() => executions.length === 1 && others.length === 1);
    others[0]!.end.resolve("won");
    await until(() => executions.length === 2);
    expect(executions[0]!.signal.aborted).toBe(true);
    executions[1]!.end.resolve("again");
    expect(await life.stopped).toMatchObject({ end: { output: ["won", "again"] } });
    expect(executed).toEqual(["A", "A"]);
  });
});

describe("what is refused at once", () => {
  test("a cycle, however long", () => {
    const cycle = (message: string) =>
      expect.objectContaining({ code: "fallback_cycle", message: expect.stringContaining(message) });
    expect(() => A.fallback(A)).toThrow(cycle("A falls back to A"));
    expect(() => A.fallback(A.retry({ attempts: 2 }))).toThrow(cycle("A falls back to A"));
    expect(() => A.fallback(B.fallback(A))).toThrow(cycle("A falls back to B falls back to A"));
    expect(() => A.fallback(B.fallback(C).fallback(D.fallback(A)))).toThrow(
      cycle("A falls back to B falls back to D falls back to A"),
    );
    expect(() => A.fallback(B).fallback(B)).not.toThrow();
  });

  test("what is neither a step nor a function, and a context that the component does not declare", () => {
    const refused = (message: string) =>
      expect.objectContaining({ code: "bad_policy", message: expect.stringContaining(message) });
    expect(() => A.fallback("B" as never)).toThrow(refused("A.fallback() takes a component"));
    expect(() => A.fallback(undefined as never)).toThrow(refused("A.fallback() takes a component"));
    const Locale = createContext("en");
    Locale.displayName = "Locale";
    const schemas = { input: z.object({ v: z.number() }), contexts: [Locale] };
    const Reads = component("Reads", schemas, async (_, { use: read }) => read(Locale));
    expect(() => A.fallback(Reads)).toThrow(refused("Reads reads Locale"));
    const Both = component("Both", schemas, async () => "both");
    expect(() => Both.fallback(Reads)).not.toThrow();
  });
});

test("a fallback that falls back to itself with the same props is a fallback_cycle, and not for ever", async () => {
  const X: Component<{ v: number }, Json> = A.fallback(async (_, props): Promise<Json> => await X.run(props));
  await expect(outputOf(only(X))).rejects.toMatchObject({ code: "fallback_cycle" });
  expect(executed).toEqual(["A", "A"]);
  const Splits: Component<{ v: number }, Json> = component(
    "Splits",
    async ({ v }: { v: number }): Promise<Json> => {
      if (v > 1) throw new Error("too much");
      return v;
    },
  ).fallback(async (_, { v }): Promise<Json> => [
    await Splits.run({ v: v / 2 }, { key: 1 }),
    await Splits.run({ v: v / 2 }, { key: 2 }),
  ]);
  expect(await outputOf(workflow("W", () => use(Splits.run({ v: 4 }))))).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test("a boundary around a step with a fallback is given what the fallback has failed with", async () => {
  broken = new Set(["A", "B"]);
  const X = A.fallback(B);
  const W = workflow("W", () => (
    <Catch fallback={(error) => <D v={error.message.length} />}>
      <X v={1} />
    </Catch>
  ));
  expect(await outputOf(W)).toBe("D 11");
});

/** The output, which is the same with a crash at any write, kept and lost. */
async function sameWhereverItDies(W: ReturnType<typeof only>): Promise<Json> {
  const { output } = await expectRecovery(W as never, {});
  return output as Json;
}
