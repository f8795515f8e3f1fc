/** @jsxImportSource @alder/core */
/** What a component says while it executes: text, items, progress, objects; attempts counted over recoveries (E9). */
import { describe, expect, test } from "vitest";
import { component, type Json, type Step, use, workflow } from "@alder/core";
import { createGate } from "./components.tsx";
import { createDeferred, createDisk, eventsOf, live, outputOf, rest, until } from "./harness.ts";

describe("a generator", () => {
  test("streams its yields with offsets, and their text is its output", async () => {
    const Words = component("Words", async function* () {
      yield "al";
      yield "";
      yield "der ";
      yield "😀";
    });
    const life = live(workflow("W", () => use(Words.run({}))));
    expect(await life.stopped).toMatchObject({ end: { output: "alder 😀" } });
    expect(eventsOf(life.disk, "chunk")).toMatchObject([
      { stream: "text", attempt: 1, offset: 0, delta: "al" },
      { stream: "text", attempt: 1, offset: 2, delta: "der " },
      { stream: "text", attempt: 1, offset: 6, delta: "😀" },
    ]);
  });

  test("of items writes one JSON document a line, and its output is the list", async () => {
    const Items = component("Items", async function* (): AsyncGenerator<Json, void> {
      yield { a: 1 };
      yield "text among items";
      yield [2];
    });
    const life = live(workflow("W", () => use(Items.run({}))));
    expect(await life.stopped).toMatchObject({ end: { output: [{ a: 1 }, "text among items", [2]] } });
    const items = eventsOf(life.disk, "chunk").filter(({ stream }) => stream === "items");
    expect(items.map(({ offset, delta }) => [offset, delta])).toEqual([
      [0, '{"a":1}\n'],
      [8, "[2]\n"],
    ]);
  });

  test("that returns something has that as its output", async () => {
    const Counts = component("Counts", async function* () {
      yield "a";
      yield "b";
      return { words: 2 };
    });
    expect(await outputOf(workflow("W", () => use(Counts.run({}))))).toEqual({ words: 2 });
  });

  test("that yields nothing has an empty text", async () => {
    const Silent = component("Silent", async function* (): AsyncGenerator<string, void> {});
    expect(await outputOf(workflow("W", () => use(Silent.run({}))))).toBe("");
  });

  test("that yields what is not JSON fails, and its finally runs", async () => {
    const seen: string[] = [];
    const Odd = component("Odd", async function* (): AsyncGenerator<Json, void> {
      try {
        yield new Date() as never;
        seen.push("went on");
      } finally {
        seen.push("finally");
      }
    });
    await expect(outputOf(workflow("W", () => use(Odd.run({}))))).rejects.toMatchObject({ code: "not_json" });
    expect(seen).toEqual(["finally"]);
  });

  test("that is cancelled is asked for no more, and its finally runs", async () => {
    const seen: string[] = [];
    const [started, gate] = [createDeferred(), createDeferred()];
    const Streams = component("Streams", async function* () {
      try {
        yield "a";
        started.resolve();
        await gate.promise;
        yield "b";
        seen.push("went on");
      } finally {
        seen.push("finally");
      }
    });
    const life = live(workflow("W", () => use(Streams.run({}))));
    await started.promise;
    life.run.cancel();
    await life.stopped;
    gate.resolve();
    await rest();
    expect(seen).toEqual(["finally"]);
    expect(eventsOf(life.disk, "chunk").map(({ delta }) => delta)).toEqual(["a"]);
  });
});

describe("step", () => {
  test("says status, progress, objects, logs and usage, each with the step it is of", async () => {
    const Says = component("Says", async (_props: {}, step) => {
      step.status("reading");
      step.progress(1, 3);
      step.progress(2);
      step.publish("plan", { parts: [1] });
      step.log("found", { level: "warn", count: 2 });
      step.usage({ inputTokens: 5, outputTokens: 7 });
      await step.write("note", { stream: "notes" });
      return null;
    });
    const life = live(workflow("W", () => use(Says.run({}))));
    await life.stopped;
    const { step } = eventsOf(life.disk, "step.started")[0]!;
    const said = life.disk.events.filter(({ type }) => !type.startsWith("run.") && !type.startsWith("step."));
    expect(said).toEqual([
      { type: "status", message: "reading", step },
      { type: "progress", value: 1, max: 3, step },
      { type: "progress", value: 2, max: null, step },
      { type: "object", name: "plan", value: { parts: [1] }, step },
      { type: "log", level: "warn", message: "found", step, fields: { count: 2 } },
      { type: "usage", step, inputTokens: 5, outputTokens: 7 },
      { type: "chunk", step, attempt: 1, stream: "notes", offset: 0, delta: "note" },
    ]);
  });

  test("refuses to publish what is not JSON", async () => {
    const Says = component("Says", async (_props: {}, step) => {
      step.publish("plan", new Date() as never);
      return null;
    });
    await expect(outputOf(workflow("W", () => use(Says.run({}))))).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringMatching(/Says.*plan/),
    });
  });

  const unsayable: Record<string, (step: Step) => unknown> = {
    "status()": (step) => step.status(5n as never),
    "status() ": (step) => step.status(undefined as never),
    "progress()": (step) => step.progress("5" as never),
    "progress() ": (step) => step.progress(1, Number.NaN),
    "publish()": (step) => step.publish(undefined as never, 1),
    "log()": (step) => step.log({ a: 1 } as never),
    "log() ": (step) => step.log("text", { level: "loud" as never }),
    "usage()": (step) => step.usage({ cost: "5" as never }),
    "write()": (step) => step.write(5 as never),
    "write() ": (step) => step.write("text", { stream: 5 as never }),
  };

  test.each(Object.entries(unsayable))(
    "refuses, of %s, what no reader could take for it",
    async (call, say) => {
      const Says = component("Says", async (_props: {}, step) => {
        await say(step);
        return null;
      });
      const refused = { code: "bad_call", message: expect.stringContaining(`Says: step.${call.trim()}`) };
      const life = live(workflow("W", () => use(Says.run({}))));
      expect(await life.stopped).toMatchObject({ end: { status: "failed", error: refused } });
      expect(life.disk.events.map(({ type }) => type)).toEqual([
        "run.started",
        "step.started",
        "step.failed",
      ]);
      await expect(Says.run({}), "without a worker, too").rejects.toMatchObject(refused);
    },
  );

  test("takes of a usage what it knows, and nothing that is the stream's own", async () => {
    const Says = component("Says", async (_props: {}, step) => {
      const ofSdk = { inputTokens: 5, totalTokens: 7, seq: 99, type: "run.failed" };
      step.usage(ofSdk);
      return null;
    });
    const life = live(workflow("W", () => use(Says.run({}))));
    await life.stopped;
    const { step } = eventsOf(life.disk, "step.started")[0]!;
    expect(eventsOf(life.disk, "usage")).toEqual([{ type: "usage", step, inputTokens: 5 }]);
  });

  test("knows its run, its attempt and a key that is the same in every attempt and life", async () => {
    const seen: unknown[] = [];
    const { Gate, executions } = createGate();
    const Knows = component("Knows", async (_props: {}, step) => {
      seen.push([step.runId, step.attempt, step.idempotencyKey]);
      if (step.attempt === 1) throw new Error("once");
      return Gate.run({});
    }).retry({ attempts: 2, initial: 0 });
    const W = workflow("W", () => use(Knows.run({})));
    const life = live(W);
    await until(() => executions.length === 1);
    life.run.stop();
    live(W, { disk: createDisk(life.disk) });
    await until(() => executions.length === 2);
    const [[, , key]] = seen as [[string, number, string]];
    expect(seen).toEqual([
      ["run", 1, key],
      ["run", 2, key],
      ["run", 2, key],
    ]);
  });

  test("says nothing any more once its attempt is over", async () => {
    const late = createDeferred();
    const Leaves = component("Leaves", async (_props: {}, step) => {
      void late.promise.then(() => {
        step.status("late");
        return step.write("late").catch(() => {});
      });
      return 1;
    });
    const { Gate, executions } = createGate();
    const life = live(workflow("W", () => [use(Leaves.run({})), use(Gate.run({}))]));
    await until(() => executions.length === 1);
    late.resolve();
    await rest();
    expect(eventsOf(life.disk, "status")).toEqual([]);
    expect(eventsOf(life.disk, "chunk")).toEqual([]);
  });

  test("waits when too much is waiting to be written", async () => {
    const room = createDeferred();
    const written: string[] = [];
    const Floods = component("Floods", async (_props: {}, step) => {
      await step.write("a");
      written.push("a");
      return null;
    });
    const life = live(
      workflow("W", () => use(Floods.run({}))),
      { ready: () => room.promise },
    );
    await rest();
    expect(written).toEqual([]);
    room.resolve();
    await life.stopped;
    expect(written).toEqual(["a"]);
  });
});

describe("the attempt number of a chunk", () => {
  test("counts every start, recoveries included", async () => {
    const gates = [createDeferred(), createDeferred(), createDeferred(), createDeferred()];
    let starts = 0;
    const Streams = component("Streams", async function* (_props: {}, step) {
      const gate = gates[starts++]!;
      yield `start ${starts}, attempt ${step.attempt}`;
      await gate.promise;
      if (step.attempt === 1) throw new Error("again");
      yield "!";
    }).retry({ attempts: 2, initial: 0 });
    const W = workflow("W", () => use(Streams.run({})));
    let disk = createDisk();
    for (let life = 1; life <= 2; life++) {
      const { run, disk: after } = live(W, { disk: createDisk(disk) });
      await until(() => starts === life);
      await rest();
      run.stop();
      disk = after;
    }
    const life = live(W, { disk: createDisk(disk) });
    await until(() => starts === 3);
    gates[2]?.resolve();
    await until(() => starts === 4);
    gates[3]?.resolve();
    expect(await life.stopped).toMatchObject({ end: { output: "start 4, attempt 2!" } });
    expect(
      eventsOf(life.disk, "chunk").map(({ attempt, offset, delta }) => [attempt, offset, delta]),
    ).toEqual([
      [1, 0, "start 1, attempt 1"],
      [2, 0, "start 2, attempt 1"],
      [3, 0, "start 3, attempt 1"],
      [4, 0, "start 4, attempt 2"],
      [4, 18, "!"],
    ]);
  });

  test("is 1 for a step that a later owner is the first to start", async () => {
    const { Gate, executions } = createGate();
    const Streams = component("Streams", async function* () {
      yield "a";
    });
    const W = workflow("W", () => [use(Gate.run({})), use(Streams.run({}))]);
    const first = live(W);
    await until(() => executions.length === 1);
    first.run.stop();
    const life = live(W, { disk: createDisk(first.disk) });
    await until(() => executions.length === 2);
    executions[1]?.end.resolve(1);
    await life.stopped;
    expect(eventsOf(life.disk, "chunk")).toMatchObject([{ attempt: 1 }]);
  });
});
