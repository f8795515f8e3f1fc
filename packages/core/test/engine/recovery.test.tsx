/** @jsxImportSource @alder/core */
/** E1 and E2: a finished step is never executed again, and a run's state is the fold of its journal. */
import { describe, expect, test } from "vitest";
import { all, Catch, component, type Json, Parallel, use, workflow } from "@alder/core";
import { createGate, Echo, Inc } from "./components.tsx";
import { createDeferred, createDisk, live, rest, startedComponents, until, type Disk } from "./harness.ts";

const results = (disk: Disk): unknown[] =>
  disk.entries.flatMap((entry) => (entry.t === "ok" ? [entry.value] : []));

test("a result is in the journal before anything that depends on it starts", async () => {
  const held = createDeferred();
  const { Gate, executions } = createGate();
  const W = workflow("W", () => use(Gate.run({ v: use(Echo.run({ v: 1 })) })));
  const life = live(W, { acknowledge: () => held.promise });
  await until(() => results(life.disk).length === 1);
  await rest();
  expect(executions).toHaveLength(0);
  held.resolve();
  await until(() => executions.length === 1);
  expect(executions[0]?.v).toBe(1);
});

test("a result that was lost with its owner is asked for again, one that was kept is not", async () => {
  for (const crash of ["kept", "lost"] as const) {
    let started = 0;
    const Counted = component("Counted", async () => ++started);
    const W = workflow("W", () => [use(Counted.run({}))]);
    const life = live(W, { onWrite: () => crash });
    expect(await life.stopped).toEqual({ state: "crashed" });
    const again = live(W, { disk: createDisk(life.disk) });
    expect(await again.stopped).toMatchObject({ end: { output: [crash === "kept" ? 1 : 2] } });
  }
});

test("acknowledgements that come in any order are applied in the order of the journal", async () => {
  const acknowledgements: (() => void)[] = [];
  const [a, b] = [createGate("A"), createGate("B")];
  const W = workflow("W", async () => {
    const order: Json[] = [];
    const note = (value: Json): number => order.push(value);
    await Promise.all([a.Gate.run({}).then(note), b.Gate.run({}).then(note)]);
    return order;
  });
  const life = live(W, { acknowledge: () => new Promise<void>((resolve) => acknowledgements.push(resolve)) });
  await until(() => a.executions.length === 1 && b.executions.length === 1);
  a.executions[0]?.end.resolve("a");
  await rest();
  b.executions[0]?.end.resolve("b");
  await until(() => acknowledgements.length === 2);
  acknowledgements[1]?.();
  await rest();
  acknowledgements[0]?.();
  expect(await life.stopped).toMatchObject({ end: { output: ["a", "b"] } });
});

test("one entry is applied at a time: between two results a body has the time to move", async () => {
  const W = workflow("W", async () => {
    const first = await Promise.race([Echo.run({ v: "a" }), Echo.run({ v: "b" })]);
    // Asked for while "b" is written but not yet applied: the journal says which came first, live and replayed.
    const then = await Promise.race([Echo.run({ v: "c" }), Inc.run({ v: 1 })]);
    return [first, then];
  });
  const life = live(W);
  const lived = await life.stopped;
  for (let replay = 0; replay < 3; replay++) {
    expect(await live(W, { disk: createDisk(life.disk), strict: replay === 1 }).stopped).toEqual(lived);
  }
});

test("while the journal is applied no step starts, though the body asks for some", async () => {
  const { Gate, executions } = createGate();
  const W = workflow("W", async () => {
    const slow = Gate.run({});
    let value = 0;
    for (let round = 0; round < 10; round++) value = await Inc.run({ v: value });
    return [value, await slow];
  });
  const first = live(W);
  await until(() => results(first.disk).length === 10);
  first.run.stop();
  const disk = createDisk(first.disk);
  const written = disk.events.length;
  const second = live(W, { disk });
  await until(() => executions.length === 2);
  expect(startedComponents(disk, written)).toEqual(["Gate"]);
  executions[1]?.end.resolve("slow");
  expect(await second.stopped).toMatchObject({ end: { output: [10, "slow"] } });
});

test("a nested workflow that is done in the middle of the journal ends only after it, if it is still wanted", async () => {
  const inner = createGate("Inside");
  const { Gate, executions } = createGate();
  const Inner = workflow("Inner", () => use(inner.Gate.run({})));
  const W = workflow("W", () => (
    <Catch fallback={(error) => error.message}>
      <Inner />
      <Gate />
    </Catch>
  ));
  const never = new Promise<void>(() => {});
  const first = live(W, { acknowledge: () => never });
  await until(() => inner.executions.length === 1 && executions.length === 1);
  inner.executions[0]?.end.resolve("inside");
  await rest();
  executions[0]?.end.reject(new Error("no"));
  await rest();
  expect(first.disk.entries.slice(1)).toMatchObject([
    { t: "said" },
    { t: "ok", name: "Inside" },
    { t: "err" },
  ]);
  first.run.stop();
  const second = live(W, { disk: createDisk(first.disk) });
  expect(await second.stopped).toMatchObject({ end: { output: "no" } });
  expect(second.disk.entries.filter((entry) => entry.t === "ok" && entry.name === "Inner")).toEqual([]);
});

test("what a discarded component was given is given again when it comes back", async () => {
  const { Gate, executions } = createGate();
  let started = 0;
  const Counted = component("Counted", async () => ++started);
  const Agent = component("Agent", async () => [await Counted.run({}), await Gate.run({})]);
  const W = workflow("W", () => use(Agent.run({})));
  let disk = createDisk();
  for (let life = 1; life <= 3; life++) {
    const lived = live(W, { disk: createDisk(disk) });
    await until(() => executions.length === life);
    lived.run.stop();
    ({ disk } = lived);
  }
  expect(started).toBe(1);
});

test("a component's equal calls get their results in the order they were written", async () => {
  const gates = createGate();
  const last = createGate("Last");
  const Agent = component("Agent", async () => {
    const order: Json[] = [];
    await Promise.all(["x", "y", "z"].map(async (v) => order.push(await gates.Gate.run({ v }))));
    return [order, await last.Gate.run({})];
  });
  const W = workflow("W", () => use(Agent.run({})));
  const first = live(W);
  await until(() => gates.executions.length === 3);
  for (const index of [2, 0, 1]) {
    const execution = gates.executions[index];
    if (execution !== undefined) execution.end.resolve(execution.v);
    await rest();
  }
  await until(() => last.executions.length === 1);
  first.run.stop();
  const second = live(W, { disk: createDisk(first.disk) });
  await until(() => last.executions.length === 2);
  last.executions[1]?.end.resolve("end");
  expect(await second.stopped).toMatchObject({ end: { output: [["z", "x", "y"], "end"] } });
});

describe("many runs in one process", () => {
  test("move side by side and do not mix", async () => {
    const W = workflow("W", ({ n }: { n: number }) => (
      <Parallel>
        <Echo v={n} />
        <Inc v={n}>{(next) => <Echo v={`${next}`} />}</Inc>
      </Parallel>
    ));
    const Body = workflow("Body", async ({ n }: { n: number }) => [
      n,
      await Inc.run({ v: await Inc.run({ v: n }) }),
    ]);
    const lives = Array.from({ length: 40 }, (_, n) => live(n % 2 === 0 ? W : Body, { input: { n } }));
    const outputs = await Promise.all(
      lives.map(async ({ stopped }) => (await stopped) as { end?: { output?: Json } }),
    );
    expect(outputs.map(({ end }) => end?.output)).toEqual(
      lives.map((_, n) => (n % 2 === 0 ? [n, `${n + 1}`] : [n, n + 2])),
    );
  });
});

test("a long chain is replayed without a step started or an entry written", async () => {
  const W = workflow("W", () => {
    let value = 0;
    for (let round = 0; round < 60; round++) value = use(Inc.run({ v: value }));
    return [value, use(all([Inc.run({ v: value })]))] as Json;
  });
  const life = live(W);
  const lived = await life.stopped;
  const disk = createDisk(life.disk);
  expect(await live(W, { disk }).stopped).toEqual(lived);
  expect(disk.events.slice(life.disk.events.length)).toMatchObject([{ type: "run.started" }]);
});
