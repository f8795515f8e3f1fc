/** @jsxImportSource @alder/core */
/** E11: an async workflow body that is moved by anything but its calls cannot be resumed, and fails. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { component, Parallel, workflow } from "@alder/core";
import { Bad, createGate, Echo } from "./components.tsx";
import { outputOf, type AnyWorkflow } from "./harness.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await turn();
}
const body = (run: () => Promise<unknown>): AnyWorkflow =>
  workflow("W", { input: z.object({}) }, async () => (await run()) as never);

describe("fails with foreign_await", () => {
  const { Gate } = createGate();
  const foreign: Record<string, () => Promise<unknown>> = {
    "when nothing else is awaited": async () => {
      await turns(3);
      return 1;
    },
    "when it never resolves": () => new Promise(() => {}),
    "beside a step": async () => {
      const step = Echo.run({ v: 1 });
      await turns(10);
      return step;
    },
    "when it wins a race": () => Promise.race([Gate.run({}), turns(5)]),
    "when it wakes a branch that calls": async () =>
      Promise.all([Gate.run({}), turns(5).then(() => Echo.run({ v: 2 }))]),
    "after a step": async () => {
      await Echo.run({ v: 1 });
      await turns(3);
      return Echo.run({ v: 2 });
    },
  };
  test.each(Object.entries(foreign))("%s", async (_name, run) => {
    await expect(outputOf(body(run))).rejects.toMatchObject({
      code: "foreign_await",
      message: expect.stringMatching(/workflow W.*component/),
    });
  });

  test("in a nested workflow beside another branch", async () => {
    const Foreign = workflow("Foreign", async () => new Promise<null>(() => {}));
    const W = workflow("W", () => (
      <Parallel>
        <Foreign />
        <Gate v="other" />
      </Parallel>
    ));
    await expect(outputOf(W)).rejects.toMatchObject({
      code: "foreign_await",
      message: expect.stringMatching(/workflow Foreign/),
    });
  });
});

describe("is no foreign await", () => {
  test("a long chain of microtasks", async () => {
    const W = body(async () => {
      for (let wait = 0; wait < 5000; wait++) await Promise.resolve();
      return Echo.run({ v: 1 });
    });
    expect(await outputOf(W)).toBe(1);
  });

  test("what calls are combined with", async () => {
    const W = body(async () => {
      const pair = Promise.all([Echo.run({ v: 1 }), Promise.resolve(2)]);
      const first = await Promise.race([Echo.run({ v: 3 }), new Promise(() => {})]);
      const any = await Promise.any([Bad.run({}), Echo.run({ v: 4 })]);
      return [await pair, first, any, await Promise.allSettled([Echo.run({ v: 5 })])];
    });
    expect(await outputOf(W)).toEqual([[1, 2], 3, 4, [{ status: "fulfilled", value: 5 }]]);
  });

  test("work inside a component", async () => {
    const Slow = component("Slow", async () => {
      await turns(10);
      const value = await Echo.run({ v: 1 });
      await turns(10);
      return value;
    });
    expect(await outputOf(body(async () => Slow.run({})))).toBe(1);
  });
});
