/** @jsxImportSource @alder/core */
/** E12: signals are a log: in order, kept if they come early, consumed one per wait. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  all,
  Catch,
  component,
  type Json,
  Parallel,
  Sequence,
  use,
  waitFor,
  WaitFor,
  workflow,
} from "@alder/core";
import { createGate, Echo } from "./components.tsx";
import {
  createDeferred,
  createDisk,
  eventsOf,
  live,
  outputOf,
  rest,
  until,
  type AnyWorkflow,
  type Life,
} from "./harness.ts";

const schemas = { input: z.object({}), signals: { go: z.string(), other: z.number() } };
const asking = (body: () => Promise<Json>): AnyWorkflow => workflow("W", schemas, async () => body());
const requested = (life: Life): string[] => eventsOf(life.disk, "input.requested").map(({ step }) => step);

describe("a wait", () => {
  test("in JSX, by use, and in an async body gets the payload", async () => {
    const Jsx = workflow("W", schemas, () => (
      <WaitFor name="go">{(payload) => <Echo v={[payload]} />}</WaitFor>
    ));
    const Used = workflow("W", schemas, () => [use(waitFor("go"))]);
    const Awaited = asking(async () => [await waitFor("go")]);
    for (const W of [Jsx, Used, Awaited]) {
      const life = live(W, { onIdle: () => {} });
      await until(() => requested(life).length === 1);
      life.signal("go", "yes");
      expect(await life.stopped).toMatchObject({ end: { output: ["yes"] } });
      expect(eventsOf(life.disk, "input.received")).toMatchObject([{ name: "go", signal: "signal-1" }]);
    }
  });

  test("takes what came early, in order, one each", async () => {
    const W = asking(async () => {
      await Echo.run({ v: 0 });
      return [await waitFor("go"), await waitFor("other"), await waitFor("go")];
    });
    const life = live(W, { onIdle: () => {} });
    for (const payload of ["a", "b", "c"]) life.signal("go", payload);
    life.signal("other", 1);
    expect(await life.stopped).toMatchObject({ end: { output: ["a", 1, "b"] } });
  });

  test("of several, the first that asked is given the first signal", async () => {
    const W = asking(async () => {
      const first = waitFor("go");
      const second = waitFor("go");
      return [await second, await first];
    });
    const life = live(W, { onIdle: () => {} });
    await until(() => requested(life).length === 2);
    life.signal("go", "a");
    life.signal("go", "b");
    expect(await life.stopped).toMatchObject({ end: { output: ["b", "a"] } });
  });

  test("can be named by a signal: another wait does not get it", async () => {
    const W = workflow("W", schemas, () => (
      <Parallel>
        <WaitFor key="a" name="go" />
        <WaitFor key="b" name="go" />
      </Parallel>
    ));
    const life = live(W, { onIdle: () => {} });
    await until(() => requested(life).length === 2);
    const second = requested(life)[1]!;
    life.signal("go", "for b", second);
    await rest();
    life.signal("go", "for anybody");
    expect(await life.stopped).toMatchObject({ end: { output: ["for anybody", "for b"] } });
  });

  test("is consumed by an entry: once, over crashes at every write", async () => {
    const W = asking(async () => {
      const a = await waitFor("go");
      const b = await Echo.run({ v: a });
      return [a, b, await waitFor("go")];
    });
    for (let write = 1; write < 12; write++) {
      for (const crash of ["kept", "lost"] as const) {
        const first = live(W, {
          onWrite: (count) => (count === write ? crash : undefined),
          onIdle: () => {},
        });
        first.signal("go", "A");
        first.signal("go", "B");
        await first.stopped;
        const second = live(W, { disk: createDisk(first.disk), onIdle: () => {} });
        if ((await first.stopped).state === "ended") return;
        expect(await second.stopped).toMatchObject({ end: { output: ["A", "A", "B"] } });
        expect(requested(second)).toHaveLength(2);
      }
    }
  });

  test("in a component waits there, and its signal stays consumed when the component starts again", async () => {
    const { Gate, executions } = createGate();
    const Agent = component("Agent", async () => [await waitFor("go"), await Gate.run({})]);
    const W = workflow("W", schemas, () => [use(Agent.run({})), use(waitFor("go"))] as Json);
    const first = live(W, { onIdle: () => {} });
    await until(() => requested(first).length === 1);
    first.signal("go", "A");
    first.signal("go", "B");
    await until(() => executions.length === 1);
    first.run.stop();
    const second = live(W, { disk: createDisk(first.disk) });
    await until(() => executions.length === 2);
    executions[1]?.end.resolve("gate");
    expect(await second.stopped).toMatchObject({ end: { output: [["A", "gate"], "B"] } });
  });
});

describe("a consumption whose waiter no longer asks at its turn", () => {
  test("is given back to the next", async () => {
    const fails = createGate("Fails");
    const W = workflow("W", schemas, () => (
      <Sequence>
        <Catch fallback="caught">
          <Parallel>
            <WaitFor name="go" />
            <fails.Gate />
          </Parallel>
        </Catch>
        <Parallel>
          <Echo v="then" />
          <WaitFor key="next" name="go" />
        </Parallel>
      </Sequence>
    ));
    // Both are written before either is applied; the failure comes first.
    const held = createDeferred();
    let hold = false;
    const life = live(W, { onIdle: () => {}, acknowledge: () => (hold ? held.promise : undefined) });
    await until(() => fails.executions.length === 1 && requested(life).length === 1);
    hold = true;
    fails.executions[0]?.end.reject(new Error("no"));
    await rest();
    life.signal("go", "A");
    await rest();
    expect(life.disk.entries.slice(-2)).toMatchObject([{ t: "err" }, { t: "ok", signal: 1 }]);
    hold = false;
    held.resolve();
    expect(await life.stopped).toMatchObject({ end: { output: ["then", "A"] } });
    const again = live(W, { disk: createDisk(life.disk) });
    expect(await again.stopped).toMatchObject({ end: { output: ["then", "A"] } });
  });

  test("leaves the order of the log: meanwhile no other wait is given a later one", async () => {
    const fails = createGate("Fails");
    const W = workflow("W", schemas, () => (
      <Parallel>
        <Catch fallback="caught">
          <Parallel>
            <WaitFor key="first" name="go" />
            <fails.Gate />
          </Parallel>
        </Catch>
        <WaitFor key="second" name="go" />
      </Parallel>
    ));
    const held = createDeferred();
    let hold = false;
    const life = live(W, { onIdle: () => {}, acknowledge: () => (hold ? held.promise : undefined) });
    await until(() => fails.executions.length === 1 && requested(life).length === 2);
    hold = true;
    fails.executions[0]?.end.reject(new Error("no"));
    await rest();
    life.signal("go", "A");
    life.signal("go", "B");
    await rest();
    hold = false;
    held.resolve();
    expect(await life.stopped).toMatchObject({ end: { output: ["caught", "A"] } });
  });
});

describe("a signal that does not fit", () => {
  test("its schema is refused, said so once, and consumed by nobody", async () => {
    const W = asking(async () => [await waitFor("go")]);
    const first = live(W, { onIdle: () => {} });
    await until(() => requested(first).length === 1);
    first.signal("go", 42);
    await rest();
    expect(eventsOf(first.disk, "log")).toMatchObject([
      { level: "warn", message: expect.stringMatching(/signal-1.*refused/) },
    ]);
    first.run.stop();
    const second = live(W, { disk: createDisk(first.disk), onIdle: () => {} });
    await rest();
    second.signal("go", "fits");
    expect(await second.stopped).toMatchObject({ end: { output: ["fits"] } });
    expect(eventsOf(second.disk, "log")).toHaveLength(1);
  });

  test("the wait's own schema is refused, too", async () => {
    const W = workflow("W", { input: z.object({}), signals: { go: z.json() } }, async () => [
      await waitFor("go", { schema: z.object({ approved: z.boolean() }) }),
    ]);
    const life = live(W, { onIdle: () => {} });
    life.signal("go", { approved: "yes" });
    life.signal("go", { approved: true });
    expect(await life.stopped).toMatchObject({ end: { output: [{ approved: true }] } });
  });

  test("decodes by the declared schema", async () => {
    const date = z.codec(z.iso.date(), z.date(), {
      decode: (text) => new Date(text),
      encode: (value) => value.toISOString().slice(0, 10),
    });
    const W = workflow("W", { input: z.object({}), signals: { day: date } }, async () => {
      const day: unknown = await waitFor("day", { schema: date });
      return day instanceof Date ? day.getUTCFullYear() : "not decoded";
    });
    const life = live(W, { onIdle: () => {} });
    life.signal("day", "2026-05-01");
    expect(await life.stopped).toMatchObject({ end: { output: 2026 } });
  });

  test("a name that the workflow does not declare fails the wait", async () => {
    const W = asking(async () => waitFor("unknown"));
    await expect(outputOf(W)).rejects.toMatchObject({
      code: "undeclared_signal",
      message: expect.stringMatching(/workflow W.*unknown/),
    });
  });
});

test("a nested workflow takes the signals of the run", async () => {
  const Inner = workflow("Inner", () => use(waitFor("go")));
  const W = workflow("W", schemas, () => use(all([Inner.run({}), Echo.run({ v: 1 })])) as Json);
  const life = live(W, { onIdle: () => {} });
  life.signal("go", "in");
  expect(await life.stopped).toMatchObject({ end: { output: ["in", 1] } });
});

test("what is asked for comes with its JSON Schema", async () => {
  const life = live(
    asking(async () => [await waitFor("other")]),
    { onIdle: () => {} },
  );
  await until(() => requested(life).length === 1);
  expect(eventsOf(life.disk, "input.requested")).toMatchObject([
    { name: "other", schema: { type: "number" } },
  ]);
});
