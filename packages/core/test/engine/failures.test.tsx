/** @jsxImportSource @alder/core */
/** E7: a failure travels like a React error, to the nearest boundary; a nested workflow is one of its own. */
import { createElement, type ReactNode } from "react";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { all, Catch, component, type Json, Parallel, Sequence, use, workflow } from "@alder/core";
import { Bad, createGate, Echo, Inc } from "./components.tsx";
import { createDisk, eventsOf, live, outputOf, rest, startedComponents, until } from "./harness.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
process.on("unhandledRejection", note);
afterAll(() => void process.off("unhandledRejection", note));

describe("a failing step", () => {
  test("fails the run when nothing catches it, with the error as data in the stream", async () => {
    const Coded = component("Coded", async (): Promise<Json> => {
      throw Object.assign(new TypeError("wrong"), { code: "E_WRONG" });
    });
    const life = live(workflow("W", () => use(Coded.run({}))));
    expect(await life.stopped).toMatchObject({
      end: {
        status: "failed",
        error: { name: "TypeError", message: "wrong", code: "E_WRONG", step: "Coded" },
      },
    });
    expect(eventsOf(life.disk, "step.failed")).toMatchObject([
      { error: { name: "TypeError", step: "Coded" } },
    ]);
  });

  test("may throw what is no Error", async () => {
    const Odd = component("Odd", async (): Promise<Json> => {
      throw "just text"; // oxlint-disable-line no-throw-literal -- people do
    });
    await expect(outputOf(workflow("W", () => use(Odd.run({}))))).rejects.toMatchObject({
      message: "just text",
    });
  });

  test("may throw what cannot be read, with a retry policy, too", async () => {
    const cannot = (): never => {
      throw new Error("cannot be read");
    };
    const Throws = component("Throws", async () => {
      throw new Proxy({}, { get: cannot, has: cannot, getPrototypeOf: cannot });
    });
    for (const Tried of [Throws, Throws.retry({ attempts: 2, initial: 0 })]) {
      const W = workflow("W", async () => {
        await Tried.run().catch(() => null);
        return "went on";
      });
      expect(await outputOf(W)).toBe("went on");
    }
  });

  test("has no more of its message kept than people read, however far up it goes", async () => {
    const Throws = component("Throws", async () => {
      throw new Error("x".repeat(3_000_000));
    });
    const Outer = component("Outer", async () => Throws.run());
    const life = live(workflow("W", () => use(Outer.run())));
    await life.stopped;
    for (const { error } of eventsOf(life.disk, "step.failed")) {
      expect(error.message).toMatch(/^x{9000,}… \(cut: it has 3000000 characters\)$/);
    }
  });

  test("is caught by the nearest Catch, whose fallback gets plain data that can be a prop", async () => {
    const W = workflow("W", () => (
      <Catch fallback="outer">
        <Parallel>
          <Catch fallback={(error) => <Echo v={{ ...error }} />}>
            <Bad v={1} />
          </Catch>
          <Echo v={2} />
        </Parallel>
      </Catch>
    ));
    expect(await outputOf(W)).toEqual([{ name: "Error", message: "bad 1", code: null, step: "Bad" }, 2]);
  });

  test("in a fallback goes to the next boundary", async () => {
    const W = workflow("W", () => (
      <Catch fallback={(error) => error.message}>
        <Catch fallback={<Bad v="fallback" />}>
          <Bad v={1} />
        </Catch>
      </Catch>
    ));
    expect(await outputOf(W)).toBe('bad "fallback"');
  });

  test("rejects its await, and the body may go on", async () => {
    const W = workflow("W", async () => {
      try {
        return await Bad.run({ v: 1 });
      } catch (error) {
        return [(error as Error).message, await Inc.run({ v: 1 })];
      }
    });
    expect(await outputOf(W)).toEqual(["bad 1", 2]);
  });

  test("is thrown by use to a boundary of React's own making, too", async () => {
    const W = workflow("W", () => [use(Inc.run({ v: 1 })), use(Bad.run({ v: 1 }))]);
    await expect(
      outputOf(workflow("Outer", () => createElement(Catch, { fallback: null }, <W />))),
    ).resolves.toBe(null);
  });
});

describe("a nested workflow", () => {
  const Fails = workflow("Fails", () => [use(Inc.run({ v: 1 })), use(Bad.run({ v: 1 }))]);
  const AsyncFails = workflow("AsyncFails", async () => Bad.run({ v: 2 }));
  const Throws = workflow("Throws", (): Json => {
    throw new RangeError("thrown in the body");
  });

  test.each([
    [Fails, "bad 1"],
    [AsyncFails, "bad 2"],
    [Throws, "thrown in the body"],
  ])("%o: its failure is its call's, in all three ways to call", async (Failing, message) => {
    const Element = workflow("Element", () => (
      <Catch fallback={(error) => error.message}>
        <Failing />
      </Catch>
    ));
    const Used = workflow("Used", () => use((Failing as typeof AsyncFails).run({})));
    const Awaited = workflow("Awaited", async () =>
      (Failing as typeof AsyncFails).run({}).catch((error) => (error as Error).message),
    );
    expect(await outputOf(Element)).toBe(message);
    await expect(outputOf(Used)).rejects.toMatchObject({ message });
    expect(await outputOf(Awaited)).toBe(message);
  });

  test("fails on its own: its siblings go on, and what it had finished is kept", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Catch fallback={(error) => error.message}>
          <Fails />
        </Catch>
        <Echo v={1} />
      </Parallel>
    ));
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: ["bad 1", 1] } });
    expect(eventsOf(life.disk, "step.failed").map(({ error }) => error.step)).toEqual(["Bad", "Bad"]);
    const again = live(W, { disk: createDisk(life.disk) });
    expect(await again.stopped).toMatchObject({ end: { output: ["bad 1", 1] } });
    expect(startedComponents(again.disk)).toEqual(startedComponents(life.disk));
  });
});

test("of two failures the first in the journal is the one that is caught, live and after a replay", async () => {
  const [a, b] = [createGate("A"), createGate("B")];
  const W = workflow("W", () => (
    <Catch fallback={(error) => error.message}>
      <a.Gate />
      <b.Gate />
    </Catch>
  ));
  const life = live(W);
  await until(() => a.executions.length === 1 && b.executions.length === 1);
  b.executions[0]?.end.reject(new Error("b"));
  a.executions[0]?.end.reject(new Error("a"));
  expect(await life.stopped).toMatchObject({ end: { output: "b" } });
  expect(await live(W, { disk: createDisk(life.disk) }).stopped).toMatchObject({ end: { output: "b" } });
});

test("an error in a plain component fails the run, or goes to a Catch", async () => {
  function Broken(): ReactNode {
    throw new Error("broken");
  }
  await expect(outputOf(workflow("W", () => <Broken />))).rejects.toThrow("broken");
  const W = workflow("W", () => (
    <Sequence>
      <Catch fallback={(error) => error.message}>
        <Broken />
      </Catch>
    </Sequence>
  ));
  expect(await outputOf(W)).toBe("broken");
});

test("an error that one run throws is not another's", async () => {
  const schemas = { input: z.object({ v: z.number() }) };
  const W = workflow("W", schemas, ({ v }) => (v === 1 ? use(Bad.run({ v })) : use(Inc.run({ v }))));
  const ends = await Promise.all([1, 2, 3].map((v) => live(W, { input: { v } }).stopped));
  expect(ends).toMatchObject([{ end: { status: "failed" } }, { end: { output: 3 } }, { end: { output: 4 } }]);
});

test("a call that fails and is awaited late, or never, or combined, raises no unhandledRejection", async () => {
  const W = workflow("W", async () => {
    const late = Bad.run({ v: "late" });
    void Bad.run({ v: "never" });
    void Bad.run({ v: "finally" }).finally(() => {});
    void Bad.run({ v: "then" }).then((value) => value);
    void all([Bad.run({ v: "all" }), Echo.run({ v: 1 })]);
    void Inc.run({ v: Bad.run({ v: "prop" }) as never });
    for (let round = 0; round < 5; round++) await Inc.run({ v: round });
    return late.catch((error) => (error as Error).message);
  });
  const Agent = component("Agent", async () => {
    void Bad.run({ v: "in a component" });
    await Inc.run({ v: 10 });
    await Inc.run({ v: 11 });
    return 1;
  });
  expect(await outputOf(W)).toBe('bad "late"');
  expect(await outputOf(workflow("V", () => use(Agent.run({}))))).toBe(1);
  await rest();
  expect(unhandled).toEqual([]);
});
