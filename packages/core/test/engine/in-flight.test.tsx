/** @jsxImportSource @alder/core */
/** E7: a new attempt of a component keeps what its calls have in flight. */
import { setTimeout as pause } from "node:timers/promises";
import { component, use, workflow } from "@alder/core";
import { expect, test } from "vitest";
import { outputOf } from "./harness.ts";

test("E7: a call in flight goes on when its sibling fails and the component tries again", async () => {
  const started = { slow: 0, flaky: 0 };
  const Slow = component("Slow", async (_: {}, step) => {
    started.slow++;
    await pause(20, undefined, { signal: step.signal });
    return "slow";
  });
  const Flaky = component("Flaky", async () => {
    if (++started.flaky === 1) throw new Error("not yet");
    return "flaky";
  });
  const Pair = component("Pair", async () => Promise.all([Slow.run(), Flaky.run()])).retry({
    attempts: 2,
    initial: 1,
  });
  const Pairs = workflow("pairs", () => use(Pair.run()));
  expect(await outputOf(Pairs as never)).toEqual(["slow", "flaky"]);
  expect(started).toEqual({ slow: 1, flaky: 2 });
});

test("E6: what the last attempt leaves in flight is cancelled", async () => {
  let aborted = false;
  const Long = component("Long", async (_: {}, step) => {
    await new Promise<void>((resolve) =>
      step.signal.addEventListener("abort", () => {
        aborted = true;
        resolve();
      }),
    );
  });
  const Fails = component("Fails", async (): Promise<void> => {
    throw new Error("never");
  });
  const Pair = component("Pair", async () => {
    await Promise.all([Long.run(), Fails.run()]);
  }).retry({ attempts: 2, initial: 1 });
  const Pairs = workflow("pairs", async () => {
    try {
      await Pair.run();
    } catch (error) {
      return (error as Error).message;
    }
    return "no failure";
  });
  expect(await outputOf(Pairs as never)).toBe("never");
  expect(aborted).toBe(true);
});

test("E10: a step has the props of the moment it was called", async () => {
  const Count = component("Count", async ({ list }: { list: number[] }) => list.length);
  const Mutates = workflow("mutates", async () => {
    const list = [1];
    const call = Count.run({ list });
    list.push(2, 3);
    return await call;
  });
  expect(await outputOf(Mutates as never)).toBe(1);
});
