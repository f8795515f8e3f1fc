/** @jsxImportSource @alder/core */
/** Three ways to call a component, one meaning; props that are calls; calls combined. */
import { createContext, type ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { all, Catch, component, Parallel, Sequence, use, workflow } from "@alder/core";
import { Bad, createGate, Echo, Inc } from "./components.tsx";
import { live, outputOf, startedComponents, until } from "./harness.ts";

const Pair = workflow("Pair", ({ v }: { v: number }) => {
  const first = use(Inc.run({ v }));
  return [first, use(Inc.run({ v: first }))];
});
const AsyncPair = workflow("AsyncPair", async ({ v }: { v: number }) => {
  const first = await Inc.run({ v });
  return [first, await Inc.run({ v: first })];
});
const Caller = component("Caller", async ({ v }: { v: number }) => [
  await Inc.run({ v }),
  await Pair.run({ v }),
]);

describe("a component and a workflow", () => {
  test("as elements", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Inc v={1} />
        <Pair v={1} />
        <AsyncPair v={2} />
      </Parallel>
    ));
    expect(await outputOf(W)).toEqual([2, [2, 3], [3, 4]]);
  });

  test("as elements with a function child, which may return data, nothing, or a tree", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Inc v={1}>{(value) => <Inc v={value} />}</Inc>
        <Inc v={20}>{(value) => ({ value }) as never}</Inc>
        <Inc v={3}>{() => null}</Inc>
        <Pair v={4}>{(pair) => [<Inc key="a" v={pair[0] ?? 0} />, <Inc key="b" v={pair[1] ?? 0} />]}</Pair>
      </Parallel>
    ));
    expect(await outputOf(W)).toEqual([3, { value: 21 }, null, [6, 7]]);
  });

  test("by use", async () => {
    const W = workflow("W", () => [
      use(Inc.run({ v: 1 })),
      use(Pair.run({ v: 1 })),
      use(AsyncPair.run({ v: 2 })),
    ]);
    expect(await outputOf(W)).toEqual([2, [2, 3], [3, 4]]);
  });

  test("by await in an async workflow", async () => {
    const W = workflow("W", async () => [
      await Inc.run({ v: 1 }),
      await Promise.all([Pair.run({ v: 1 }), AsyncPair.run({ v: 2 })]),
    ]);
    expect(await outputOf(W)).toEqual([
      2,
      [
        [2, 3],
        [3, 4],
      ],
    ]);
  });

  test("by await in a component", async () => {
    expect(await outputOf(workflow("W", () => use(Caller.run({ v: 1 }))))).toEqual([2, [2, 3]]);
  });

  test("as a call with then, catch and finally", async () => {
    const W = workflow("W", async () => {
      const seen: string[] = [];
      const value = await Inc.run({ v: 1 }).then((v) => v * 10);
      const caught = await Bad.run({ v: 1 }).catch((error) => (error as Error).message);
      await Inc.run({ v: 2 }).finally(() => seen.push("finally"));
      return [value, caught, ...seen];
    });
    expect(await outputOf(W)).toEqual([20, "bad 1", "finally"]);
  });
});

describe("calls that were started first", () => {
  test("run side by side in a render body", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => {
      const [a, b] = [Gate.run({ v: "a" }), Gate.run({ v: "b" })];
      return [use(b), use(a)];
    });
    const life = live(W);
    await until(() => executions.length === 2);
    for (const { v, end } of executions) end.resolve(`${String(v)}!`);
    expect(await life.stopped).toMatchObject({ end: { output: ["b!", "a!"] } });
  });

  test("as sibling elements, too, and none of them suspends another", async () => {
    const { Gate, executions } = createGate();
    const life = live(
      workflow("W", () => (
        <>
          <Gate v="a" />
          <Gate v="b" />
          <Pair v={1} />
        </>
      )),
    );
    await until(() => executions.length === 2 && startedComponents(life.disk).includes("Inc"));
    for (const { v, end } of executions) end.resolve(v);
    expect(await life.stopped).toMatchObject({ end: { output: ["a", "b", [2, 3]] } });
  });
});

describe("props that are calls", () => {
  test("are resolved wherever a component is called", async () => {
    const W = workflow("W", () => {
      const one = Echo.run({ v: 1 });
      return (
        <Parallel>
          <Inc v={one as never} />
          <Inc v={Inc.run({ v: Inc.run({ v: 1 }) })} />
          <Pair v={Inc.run({ v: 5 })} />
          <Echo v={use(Inc.run({ v: Inc.run({ v: 10 }) }))} />
        </Parallel>
      );
    });
    expect(await outputOf(W)).toEqual([2, 4, [7, 8], 12]);
    const Async = workflow("Async", async () => {
      const one = Inc.run({ v: 0 });
      return [await Inc.run({ v: one }), await one, await Pair.run({ v: Inc.run({ v: one }) })];
    });
    expect(await outputOf(Async)).toEqual([2, 1, [3, 4]]);
  });

  test("make the step wait for them, and start nothing twice", async () => {
    const { Gate, executions } = createGate();
    const life = live(
      workflow("W", () => {
        const shared = Gate.run({ v: 1 });
        return (
          <Parallel>
            <Echo v={shared} />
            <Echo key="again" v={shared} />
          </Parallel>
        );
      }),
    );
    await until(() => executions.length === 1);
    expect(startedComponents(life.disk)).toEqual(["Gate"]);
    executions[0]?.end.resolve("x");
    expect(await life.stopped).toMatchObject({ end: { output: ["x", "x"] } });
    expect(executions).toHaveLength(1);
  });

  test("hand their failure on: the step fails with it and is not executed", async () => {
    const W = workflow("W", () => (
      <Catch fallback={(error) => ({ ...error }) as never}>
        <Inc v={Bad.run({ v: 1 }) as never} />
      </Catch>
    ));
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: { message: "bad 1", step: "Bad" } } });
    expect(startedComponents(life.disk)).toEqual(["Bad"]);
  });

  test("may be combined calls", async () => {
    const W = workflow("W", () => <Echo v={all({ a: Inc.run({ v: 1 }), b: all([Inc.run({ v: 2 })]) })} />);
    expect(await outputOf(W)).toEqual({ a: 2, b: [3] });
    const Async = workflow("Async", async () => Echo.run({ v: all([Inc.run({ v: 1 }), Inc.run({ v: 2 })]) }));
    expect(await outputOf(Async)).toEqual([2, 3]);
  });

  test("are looked for at the top only: user data is never walked", async () => {
    const W = workflow("W", () => <Echo v={{ nested: Inc.run({ v: 1 }) } as never} />);
    await expect(outputOf(W)).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringContaining("Echo"),
    });
  });
});

describe("all", () => {
  test("keeps the shape: arrays, objects, nested", async () => {
    const W = workflow("W", () => {
      const { a, b } = use(all({ a: Inc.run({ v: 1 }), b: all([Inc.run({ v: 2 }), Echo.run({ v: "x" })]) }));
      return [a, b, use(all([]))];
    });
    expect(await outputOf(W)).toEqual([2, [3, "x"], []]);
    const Async = workflow("Async", async () => {
      const { a } = await all({ a: Inc.run({ v: 1 }) });
      return [a, await all([Inc.run({ v: 2 })]), await all([])];
    });
    expect(await outputOf(Async)).toEqual([2, [3], []]);
  });

  test("fails with the failure that came first, while others are pending", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => use(all([Gate.run({ v: 1 }), Gate.run({ v: 2 }), Gate.run({ v: 3 })])));
    const life = live(W);
    await until(() => executions.length === 3);
    executions[1]?.end.reject(new Error("second"));
    await expect(life.stopped).resolves.toMatchObject({
      end: { status: "failed", error: { message: "second" } },
    });
    expect(executions[0]?.signal.aborted).toBe(true);
  });
});

test("a context is read by use, and a provider around an element reaches the plain components in it", async () => {
  const Language = createContext("en");
  function Spoken(): ReactNode {
    return <Echo v={use(Language)} />;
  }
  const W = workflow("W", () => (
    <Sequence>
      <Language.Provider value="de">
        <Spoken />
      </Language.Provider>
    </Sequence>
  ));
  expect(await outputOf(W)).toBe("de");
});

test("the body sees what its schema decodes, the parent what the output schema does", async () => {
  const date = z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (value) => value.toISOString(),
  });
  const Later = component(
    "Later",
    { input: z.object({ at: date, days: z.number().default(1) }), output: date },
    async ({ at, days }) => new Date(at.getTime() + days * 86_400_000),
  );
  const W = workflow("W", { input: z.object({ at: date }), output: date }, ({ at }) => {
    const first = use(Later.run({ at: at.toISOString(), days: 2 }));
    return first instanceof Date ? first : new Date(0);
  });
  expect(await outputOf(W, { input: { at: "2026-01-01T00:00:00.000Z" } })).toBe("2026-01-03T00:00:00.000Z");
});
