/** @jsxImportSource @alder/core */
/** E3: `now`, `random` and `uuid` are the same in every life, and entries of nothing. */
import type { ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { component, type Json, now, random, Sequence, use, uuid, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, Echo } from "./components.tsx";
import { sameAfterAnyCrash } from "./crash-everywhere.ts";
import { createDisk, live, outputOf, rest, until } from "./harness.ts";

test("a body that makes props of them is not executed again after any crash", async () => {
  const Rendered = workflow("Rendered", () => {
    const first = use(Echo.run({ v: [uuid(), random()] }));
    return [first, use(Echo.run({ v: [uuid(), now()] }))];
  });
  const Awaited = workflow("Awaited", async () => {
    const first = await Echo.run({ v: [uuid(), random(), now()] });
    return [first, await Echo.run({ v: [uuid(), now()] })];
  });
  const Nested = component(
    "Nested",
    async () => [uuid(), await Echo.run({ v: [uuid(), random(), now()] })] as Json,
  );
  const W = workflow("W", () => (
    <Sequence>
      <Rendered />
      <Awaited />
      <Nested />
    </Sequence>
  ));
  expect(await sameAfterAnyCrash(W)).toHaveLength(2);
});

test("each is another, in every scope and call", async () => {
  const Values = workflow("Values", async ({ count }: { count: number }) =>
    Array.from({ length: count }, () => uuid()),
  );
  const W = workflow("W", () => [
    ...use(Values.run({ count: 3 })),
    ...use(Values.run({ count: 4 })),
    uuid(),
    uuid(),
  ]);
  const values = (await outputOf(W)) as string[];
  expect(new Set(values).size).toBe(9);
  for (const value of values)
    expect(value).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test("random is from 0 to below 1, and spread over it", async () => {
  const W = workflow("W", async () => Array.from({ length: 1000 }, () => random()));
  const values = (await outputOf(W)) as number[];
  for (const value of values) expect(value >= 0 && value < 1).toBe(true);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
});

describe("now", () => {
  test("is when the latest result used so far was finished, at first when the run was made", async () => {
    const clock = createManualClock(1000);
    const { Gate, executions } = createGate();
    const W = workflow("W", async () => {
      const times = [now()];
      await Gate.run({ v: 1 });
      times.push(now());
      await Gate.run({ v: 2 });
      times.push(now());
      return times;
    });
    const life = live(W, { clock });
    for (const at of [2000, 3500]) {
      await until(() => executions.at(-1)?.v === (at === 2000 ? 1 : 2));
      clock.advance(at - clock.now());
      executions.at(-1)?.end.resolve(null);
      await rest();
    }
    expect(await life.stopped).toMatchObject({ end: { output: [1000, 2000, 3500] } });
    clock.advance(99_999);
    expect(await outputOf(W, { disk: createDisk(life.disk), clock })).toEqual([1000, 2000, 3500]);
  });

  test("in a nested workflow begins with its caller's", async () => {
    const clock = createManualClock(1000);
    const { Gate, executions } = createGate();
    const Inner = workflow("Inner", () => now());
    const Async = workflow("Async", async () => now());
    const W = workflow("W", () => {
      const before = now();
      use(Gate.run({}));
      return [before, use(Inner.run()), use(Async.run()), now()];
    });
    const life = live(W, { clock });
    await until(() => executions.length === 1);
    clock.advance(500);
    executions[0]?.end.resolve(null);
    expect(await life.stopped).toMatchObject({ end: { output: [1000, 1500, 1500, 1500] } });
  });
});

test.each(["now", "random", "uuid"])(
  "%s in a plain component or a function child is refused",
  async (kind) => {
    const value = { now, random, uuid }[kind]!;
    const Plain = (): ReactNode => <Echo v={value()} />;
    const InPlain = workflow("InPlain", () => <Plain />);
    await expect(outputOf(InPlain)).rejects.toMatchObject({ code: "value_outside_body" });
    const InChild = workflow("InChild", () => <Echo v={1}>{() => <Echo v={value()} />}</Echo>);
    await expect(outputOf(InChild)).rejects.toMatchObject({ code: "value_outside_body" });
  },
);

test("outside of a run they are what the system gives", () => {
  expect(Math.abs(now() - Date.now())).toBeLessThan(10_000);
  expect(random()).toBeLessThan(1);
  expect(uuid()).not.toBe(uuid());
});
