/** @jsxImportSource @alder/core */
/** E2: a timer's deadline is the time of the entry that made it asked for, plus its duration, whoever waits for it. */
import { describe, expect, test } from "vitest";
import { component, sleep, use, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, Echo } from "./components.tsx";
import { createDisk, eventsOf, live, rest, until, type AnyWorkflow, type Disk } from "./harness.ts";

const START = 1_000_000;

/** What the run on that disk waits for, at that time. */
async function wakeAtOf(W: AnyWorkflow, disk: Disk, now: number): Promise<number | null> {
  const stopped = await live(W, { disk: createDisk(disk), clock: createManualClock(now) }).stopped;
  if (stopped.state !== "idle") throw new Error(`not idle: ${JSON.stringify(stopped)}`);
  return stopped.idle.wakeAt;
}

describe("in a workflow", () => {
  test("the deadline is counted from the entry before, in every life", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", async () => {
      await Gate.run({});
      await sleep("1m");
      return "awake";
    });
    const clock = createManualClock(START);
    const life = live(W, { clock });
    await until(() => executions.length === 1);
    clock.advance(500);
    executions[0]?.end.resolve("x");
    expect(await life.stopped).toMatchObject({
      state: "idle",
      idle: { wakeAt: START + 60_500, signals: [] },
    });
    for (const later of [START + 600, START + 30_000, START + 60_499]) {
      expect(await wakeAtOf(W, life.disk, later)).toBe(START + 60_500);
    }
    const late = live(W, {
      disk: createDisk(life.disk),
      clock: createManualClock(START + 90_000),
      onIdle: () => {},
    });
    await rest();
    expect(eventsOf(late.disk, "step.completed")).toHaveLength(1);
  });

  test("it fires then and not before, and what follows counts from there", async () => {
    const W = workflow("W", () => {
      use(sleep(1000));
      use(sleep(2000));
      return "awake";
    });
    const clock = createManualClock(START);
    const life = live(W, { clock, onIdle: () => {} });
    await rest();
    clock.advance(999);
    await rest();
    expect(eventsOf(life.disk, "step.completed")).toEqual([]);
    clock.advance(1);
    await rest();
    expect(eventsOf(life.disk, "step.completed")).toHaveLength(1);
    expect(life.run.idle()).toEqual({ wakeAt: START + 3000, signals: [] });
    clock.advance(2000);
    expect(await life.stopped).toMatchObject({ end: { output: "awake" } });
  });

  test("a deadline that passed while nobody executed the run is met at once, in the order of the journal", async () => {
    const W = workflow("W", async () => {
      const order: string[] = [];
      await Promise.all([
        sleep(2000).then(() => order.push("long")),
        sleep(1000).then(() => order.push("short")),
      ]);
      return order;
    });
    const life = live(W, { clock: createManualClock(START) });
    expect(await life.stopped).toMatchObject({ idle: { wakeAt: START + 1000 } });
    const clock = createManualClock(START + 9000);
    const late = live(W, { disk: createDisk(life.disk), clock, onIdle: () => {} });
    await rest();
    clock.advance(0);
    const lived = await late.stopped;
    expect(lived).toMatchObject({ end: { status: "completed" } });
    const replayed = await live(W, { disk: createDisk(late.disk), clock }).stopped;
    expect(replayed).toEqual(lived);
  });

  test("a timer that nobody waits for any more does not fire", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", async () => {
      await Promise.race([sleep(1000), Gate.run({})]);
      return "raced";
    });
    const clock = createManualClock(START);
    const life = live(W, { clock, onIdle: () => {} });
    await until(() => executions.length === 1);
    executions[0]?.end.resolve("x");
    expect(await life.stopped).toMatchObject({ end: { output: "raced" } });
    clock.advance(5000);
    await rest();
    expect(eventsOf(life.disk, "step.completed")).toHaveLength(1);
  });

  test("longer than setTimeout takes", async () => {
    const W = workflow("W", () => use(sleep("60d")));
    const clock = createManualClock(START);
    const life = live(W, { clock, onIdle: () => {} });
    await rest();
    for (let day = 0; day < 59; day++) clock.advance(86_400_000);
    await rest();
    expect(eventsOf(life.disk, "step.completed")).toEqual([]);
    clock.advance(86_400_000);
    expect(await life.stopped).toMatchObject({ end: { output: null } });
  });
});

describe("in a component", () => {
  test("the deadline is a journal entry of its own, and holds when the component starts again", async () => {
    let starts = 0;
    const Naps = component("Naps", async () => {
      const start = ++starts;
      await Echo.run({ v: 1 });
      await sleep(1000);
      return start;
    });
    const W = workflow("W", () => use(Naps.run({})));
    const clock = createManualClock(START);
    const life = live(W, { clock });
    await until(() => life.disk.entries.some((entry) => entry.t === "armed"));
    await rest();
    expect(life.run.idle()).toBe(null); // a component that waits counts as executing
    life.run.stop();

    const later = createManualClock(START + 400);
    const again = live(W, { disk: createDisk(life.disk), clock: later });
    await until(() => starts === 2);
    await rest();
    later.advance(599);
    await rest();
    expect(eventsOf(again.disk, "step.completed").map(({ output }) => output)).toEqual([1]);
    later.advance(1);
    expect(await again.stopped).toMatchObject({ end: { output: 2 } });
    expect(again.disk.entries.filter((entry) => entry.t === "armed")).toHaveLength(1);
  });
});
