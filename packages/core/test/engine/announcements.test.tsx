/** @jsxImportSource @alder/core */
/** E5 and E9: what a workflow says is in the stream, and is said once, however often its body is executed again. */
import { useEffect, useState, type ReactNode } from "react";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  Catch,
  Parallel,
  Progress,
  Publish,
  Sequence,
  sleep,
  Status,
  Suspense,
  use,
  waitFor,
  workflow,
} from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { Bad, createGate, Echo, Inc } from "./components.tsx";
import { createDisk, eventsOf, live, rest, until, type Disk } from "./harness.ts";

const said = (disk: Disk): string[] =>
  disk.events.flatMap((event) => {
    if (event.type === "status") return [event.message];
    if (event.type === "progress") return [`${event.value} of ${event.max}`];
    return event.type === "object" ? [`${event.name} ${JSON.stringify(event.value)}`] : [];
  });

test("a step is not said to have been started by owners that it only waited under", async () => {
  const { Gate, executions } = createGate();
  const W = workflow("W", () => use(Echo.run({ v: Gate.run({}) })));
  const first = live(W);
  await until(() => executions.length === 1);
  first.run.stop();
  const second = live(W, { disk: createDisk(first.disk) });
  await until(() => executions.length === 2);
  executions[1]!.end.resolve("there");
  expect(await second.stopped).toMatchObject({ end: { output: "there" } });
  const starts = eventsOf(second.disk, "step.started").map(({ name, attempt }) => [name, attempt]);
  expect(starts).toEqual([
    ["Gate", 1],
    ["Gate", 2],
    ["Echo", 1],
  ]);
});

const Inner = workflow("Inner", ({ v }: { v: number }) => (
  <Sequence>
    <Status>inner {v}</Status>
    <Inc v={v} />
  </Sequence>
));
const Async = workflow("Async", async ({ v }: { v: number }, step) => {
  step.status(`async ${v}`);
  const next = await Inc.run({ v });
  step.progress(next, 10);
  step.publish("next", { next });
  step.status(`async ${v}`);
  return next;
});
const Says = workflow("Says", { input: z.object({}) }, () => {
  const first = use(Inc.run({ v: 1 }));
  return (
    <Sequence>
      <Status>started</Status>
      <Progress value={first} max={3} />
      <Publish name="draft" value={{ first }} />
      <Inner v={1} />
      <Inner v={2} />
      <Status>started</Status>
      <Async v={5} />
      <Catch fallback={<Status>caught</Status>}>
        <Bad v={1} />
      </Catch>
      <Echo v="end" />
    </Sequence>
  );
});
const ALL_SAID = [
  "started",
  "2 of 3",
  'draft {"first":2}',
  "inner 1",
  "inner 2",
  "started",
  "async 5",
  "6 of 10",
  'next {"next":6}',
  "async 5",
  "caught",
];

test("each thing is said once and in order", async () => {
  const life = live(Says);
  expect(await life.stopped).toMatchObject({ end: { output: "end" } });
  expect(said(life.disk)).toEqual(ALL_SAID);
});

test.each(["kept", "lost", "park"] as const)("also over a crash at any write (%s)", async (crash) => {
  for (let write = 1; ; write++) {
    const first = live(Says, { onWrite: (count) => (count === write ? crash : undefined) });
    const stopped = await first.stopped;
    if (stopped.state === "ended") {
      expect(write).toBeGreaterThan(20);
      return;
    }
    const second = live(Says, { disk: createDisk(first.disk), strict: write % 2 === 0 });
    expect(await second.stopped).toMatchObject({ end: { output: "end" } });
    const twice = said(second.disk).toSorted();
    expect(twice, `crash at write ${write}`).toEqual(ALL_SAID.toSorted());
  }
});

test("a replay of all of it says nothing", async () => {
  const life = live(Says);
  await life.stopped;
  const disk = createDisk(life.disk);
  await live(Says, { disk }).stopped;
  expect(disk.events.slice(life.disk.events.length)).toMatchObject([{ type: "run.started" }]);
});

test("waits are announced once, over any number of owners", async () => {
  const W = workflow("W", { input: z.object({}), signals: { go: z.string() } }, async () => {
    await Echo.run({ v: 1 });
    return (await Promise.race([waitFor("go"), sleep("1h")])) ?? null;
  });
  let disk = createDisk();
  for (let life = 0; life < 4; life++) {
    const { stopped, disk: after } = live(W, { disk: createDisk(disk), clock: createManualClock(life * 10) });
    expect((await stopped).state).toBe("idle");
    disk = after;
  }
  expect(eventsOf(disk, "input.requested")).toHaveLength(1);
  expect(eventsOf(disk, "step.started").map(({ name, kind }) => [name, kind])).toEqual([
    ["Echo", "component"],
    ["WaitFor", "signal"],
    ["Sleep", "timer"],
  ]);
});

test("nested workflows are announced once, with their place in the tree", async () => {
  const W = workflow("W", () => (
    <Parallel>
      <Inner v={1} />
      <Inner v={2} />
    </Parallel>
  ));
  const life = live(W);
  await life.stopped;
  const disk = createDisk(life.disk);
  await live(W, { disk }).stopped;
  const started = eventsOf(disk, "step.started");
  const nested = started.filter(({ kind }) => kind === "workflow");
  expect(nested).toHaveLength(2);
  for (const { step, place, parent } of nested) {
    expect(parent).toBe(null);
    const below = started.find((event) => event.parent === step);
    expect(below?.place.slice(0, place.length)).toEqual(place);
  }
  const [first, second] = nested.map(({ place }) => place.join());
  expect(first! < second!).toBe(true);
});

test("a step that a workflow cancels is said to be cancelled once, also by its next owner", async () => {
  const { Gate, executions } = createGate();
  const fails = createGate("Fails");
  const after = createGate("After");
  const W = workflow("W", () => (
    <Catch fallback={<after.Gate />}>
      <Gate />
      <fails.Gate />
    </Catch>
  ));
  const first = live(W);
  await until(() => executions.length === 1 && fails.executions.length === 1);
  fails.executions[0]?.end.reject(new Error("no"));
  await until(() => after.executions.length === 1);
  first.run.stop();
  const second = live(W, { disk: createDisk(first.disk) });
  await until(() => after.executions.length === 2);
  after.executions[1]?.end.resolve("after");
  expect(await second.stopped).toMatchObject({ end: { output: "after" } });
  expect(eventsOf(second.disk, "step.cancelled")).toHaveLength(1);
  expect(executions).toHaveLength(1);
});

test("a status that a re-render repeats is not said again, one that changes is", async () => {
  const { Gate, executions } = createGate();
  let setCount!: (count: number) => void;
  function Counting(): ReactNode {
    const [count, set] = useState(0);
    useEffect(() => void (setCount = set), []);
    return <Status>{Math.floor(count / 2)} done</Status>;
  }
  const life = live(
    workflow("W", () => (
      <>
        <Counting />
        <Gate />
      </>
    )),
  );
  await until(() => executions.length === 1);
  for (const count of [1, 2, 3, 4, 4]) {
    setCount(count);
    await rest();
  }
  executions[0]?.end.resolve(1);
  await life.stopped;
  expect(said(life.disk)).toEqual(["0 done", "1 done", "2 done"]);
});

test("a Suspense fallback is shown while something in it is pending", async () => {
  const { Gate, executions } = createGate();
  const life = live(
    workflow("W", () => (
      <Suspense fallback={<Status>thinking</Status>}>
        <Gate />
      </Suspense>
    )),
  );
  await until(() => executions.length === 1);
  await rest();
  expect(said(life.disk)).toEqual(["thinking"]);
  executions[0]?.end.resolve(1);
  expect(await life.stopped).toMatchObject({ end: { output: 1 } });
});
