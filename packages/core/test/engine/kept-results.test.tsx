/** @jsxImportSource @alder/core */
/** E1: a result whose write has begun is kept. E10: it is the same to whoever gets it. */
import { component, Retry, Timeout, use, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { expect, test } from "vitest";
import { createGate } from "./components.tsx";
import { crashedAfter, createDeferred, live, outputOf, until, type Deferred } from "./harness.ts";

test("E1: a step that is cancelled and asked for again while its result is being written is not executed again", async () => {
  const { Gate, executions } = createGate();
  const W = workflow("W", () => (
    <Retry attempts={2}>
      <Timeout after={50}>
        <Gate />
      </Timeout>
    </Retry>
  ));
  const clock = createManualClock(1000);
  const held: Deferred<void>[] = [];
  let isHolding = false;
  const life = live(W, {
    clock,
    acknowledge() {
      if (!isHolding) return undefined;
      const acknowledgement = createDeferred();
      held.push(acknowledgement);
      return acknowledgement.promise;
    },
  });
  await until(() => executions.length === 1);
  isHolding = true;
  clock.advance(50);
  await until(() => held.length === 1);
  executions[0]?.end.resolve("in time after all");
  await until(() => held.length === 2);
  isHolding = false;
  for (const acknowledgement of held) acknowledgement.resolve();
  expect(await life.stopped).toMatchObject({ end: { output: "in time after all" } });
  expect(executions).toHaveLength(1);
});

test("E10: what a replay gives is frozen, as it was live", async () => {
  const List = component("List", async () => ({ list: [1] }));
  const Next = component("Next", async () => null);
  const W = workflow("W", () => {
    const { list } = use(List.run());
    use(Next.run());
    return Object.isFrozen(list);
  });
  expect(await outputOf(W)).toBe(true);
  expect(await outputOf(W, { disk: await crashedAfter(W, 1) })).toBe(true);
});
