/** @jsxImportSource @alder/core */
/** E6: a cancelled run tells what is under way to stop, waits for it, and after a grace time ends without it. */
import { expect, test } from "vitest";
import { component, Parallel, use, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createDeferred, createDisk, eventsOf, live, rest, until } from "./harness.ts";
import { createGate, Echo } from "./components.tsx";

const cancelGraceMs = 5000;

test("what cleans up in time is waited for, and may still call outside", async () => {
  const cleanedUp = createDeferred();
  const stages: string[] = [];
  const Tidy = component("Tidy", async (_props: {}, { signal }) => {
    try {
      await new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    } finally {
      stages.push("cleaning");
      await cleanedUp.promise;
      stages.push("clean");
    }
    return null;
  });
  const clock = createManualClock();
  const life = live(
    workflow("W", () => use(Tidy.run())),
    { clock, cancelGraceMs },
  );
  await rest();
  life.run.cancel();
  await until(() => stages.length === 1);
  clock.advance(4999);
  await rest();
  cleanedUp.resolve();
  expect(await life.stopped).toEqual({ state: "ended", end: { status: "cancelled" } });
  expect(stages).toEqual(["cleaning", "clean"]);
  expect(eventsOf(life.disk, "log")).toEqual([]);
});

test("what does not stop is named, and the run ends without it", async () => {
  const { Gate, executions } = createGate("Stubborn");
  const clock = createManualClock();
  const W = workflow("W", () => (
    <Parallel>
      <Gate v={1} />
      <Echo v={2} />
    </Parallel>
  ));
  const life = live(W, { clock, cancelGraceMs });
  await until(() => executions.length === 1);
  await rest();
  life.run.cancel();
  await rest();
  expect(executions[0]?.signal.aborted).toBe(true);
  clock.advance(5000);
  expect(await life.stopped).toEqual({ state: "ended", end: { status: "cancelled" } });
  expect(eventsOf(life.disk, "log")).toMatchObject([
    { level: "warn", message: expect.stringContaining("Stubborn did not stop within 5000 ms") },
  ]);
});

test("an owner that takes over in the grace time has nothing to wait for", async () => {
  const { Gate, executions } = createGate();
  const W = workflow("W", () => use(Gate.run({})));
  const life = live(W, { clock: createManualClock(), cancelGraceMs });
  await until(() => executions.length === 1);
  life.run.cancel();
  await rest();
  life.run.stop();
  const next = live(W, { clock: createManualClock(), cancelGraceMs, disk: createDisk(life.disk) });
  expect(await next.stopped).toEqual({ state: "ended", end: { status: "cancelled" } });
  expect(executions).toHaveLength(1);
});

test("nothing moves any more meanwhile", async () => {
  const { Gate, executions } = createGate();
  const W = workflow("W", () => {
    use(Gate.run({ v: 1 }));
    return use(Gate.run({ v: 2 }));
  });
  const clock = createManualClock();
  const life = live(W, { clock, cancelGraceMs });
  await until(() => executions.length === 1);
  life.run.cancel();
  await rest();
  executions[0]?.end.resolve("late");
  expect(await life.stopped).toMatchObject({ end: { status: "cancelled" } });
  await rest();
  expect(executions).toHaveLength(1);
  expect(eventsOf(life.disk, "step.completed")).toEqual([]);
});
