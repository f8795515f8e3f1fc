/** @jsxImportSource @alder/core */
/** `.timeout({ total, idle })`: for all attempts together, from the first start on, and for the silence of one. */
import { describe, expect, test } from "vitest";
import { component, use, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate } from "./components.tsx";
import { createDisk, eventsOf, liveWhileIdle as live, rest, until } from "./harness.ts";

const START = 1_000_000;

describe("total", () => {
  const policy = { attempts: 100, backoff: "constant", initial: "10s", jitter: false } as const;

  test("cuts off whichever attempt is under way, and there is none after it", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = Gate.retry(policy).timeout({ total: "25s" });
    const life = live(
      workflow("W", () => use(Limited.run({}))),
      { clock },
    );
    for (const count of [1, 2]) {
      await until(() => executions.length === count);
      executions.at(-1)?.end.reject(new Error("no"));
      await rest();
      clock.advance(10_000);
    }
    await until(() => executions.length === 3);
    clock.advance(4999);
    await rest();
    expect(executions[2]?.signal.aborted).toBe(false);
    clock.advance(1);
    expect(await life.stopped).toMatchObject({
      end: { status: "failed", error: { code: "timeout", step: "Gate" } },
    });
  });

  test("leaves no time for an attempt that would begin after it: the last failure is the step's", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = Gate.retry({ ...policy, initial: "30s" }).timeout({ total: "25s" });
    const life = live(
      workflow("W", () => use(Limited.run({}))),
      { clock },
    );
    await until(() => executions.length === 1);
    executions[0]?.end.reject(new Error("the server said no"));
    expect(await life.stopped).toMatchObject({
      end: { status: "failed", error: { message: "the server said no", step: "Gate" } },
    });
  });

  test("that has passed before an owner takes over leaves nothing to execute", async () => {
    const { Gate, executions } = createGate();
    const Limited = Gate.retry(policy).timeout({ total: "25s" });
    const W = workflow("W", () => use(Limited.run({})));
    const first = live(W, { clock: createManualClock(START) });
    await until(() => executions.length === 1);
    executions[0]?.end.reject(new Error("no"));
    await rest();
    first.run.stop();
    const second = live(W, { clock: createManualClock(START + 60_000), disk: createDisk(first.disk) });
    expect(await second.stopped).toMatchObject({ end: { status: "failed", error: { code: "timeout" } } });
    expect(executions).toHaveLength(1);
  });

  test("of a step inside a component is a failure like any other there: the component is tried again", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = Gate.timeout({ total: "25s" });
    const Outer = component("Outer", async () => Limited.run({})).retry({ attempts: 2, initial: 0 });
    const life = live(
      workflow("W", () => use(Outer.run())),
      { clock },
    );
    await until(() => executions.length === 1);
    await rest();
    clock.advance(25_000);
    await until(() => executions.length === 2);
    executions[1]?.end.resolve("done");
    expect(await life.stopped).toMatchObject({ end: { output: "done" } });
  });

  test("does not begin while what the step is given is not there", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = component("Limited", async ({ of }: { of: unknown }) => {
      await new Promise(() => {});
      return String(of);
    }).timeout({ total: "25s" });
    const life = live(
      workflow("W", () => use(Limited.run({ of: Gate.run({}) }))),
      { clock },
    );
    await until(() => executions.length === 1);
    clock.advance(60_000);
    executions[0]?.end.resolve("there");
    await until(() => eventsOf(life.disk, "step.started").length === 2);
    clock.advance(24_999);
    await rest();
    expect(eventsOf(life.disk, "step.failed")).toEqual([]);
    clock.advance(1);
    expect(await life.stopped).toMatchObject({ end: { error: { code: "timeout", step: "Limited" } } });
  });

  test("counts from the first start, whoever executes it, in a workflow and in a component", async () => {
    const { Gate, executions } = createGate();
    const Limited = Gate.timeout({ total: "25s" });
    const Agent = component("Agent", async () => Limited.run({}));
    for (const W of [workflow("W", () => use(Limited.run({}))), workflow("V", () => use(Agent.run()))]) {
      executions.length = 0;
      const first = live(W, { clock: createManualClock(START) });
      await until(() => executions.length === 1);
      await rest();
      first.run.stop();
      const clock = createManualClock(START + 20_000);
      const second = live(W, { clock, disk: createDisk(first.disk) });
      await until(() => executions.length === 2);
      clock.advance(4999);
      await rest();
      expect(executions[1]?.signal.aborted).toBe(false);
      clock.advance(1);
      expect(await second.stopped).toMatchObject({ end: { error: { code: "timeout" } } });
    }
  });
});

describe("idle", () => {
  test("ends an attempt that is silent for so long, and no other", async () => {
    const clock = createManualClock(START);
    let speak: (() => void) | undefined;
    const Chatty = component("Chatty", async (_props: {}, step) => {
      speak = () => step.status("still here");
      await new Promise(() => {});
      return null;
    }).timeout({ idle: "10s" });
    const life = live(
      workflow("W", () => use(Chatty.run())),
      { clock },
    );
    await until(() => speak !== undefined);
    for (let round = 0; round < 5; round++) {
      clock.advance(9000);
      speak?.();
    }
    clock.advance(9999);
    await rest();
    const ended: unknown[] = [];
    void life.stopped.then((stopped) => ended.push(stopped));
    await rest();
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(await life.stopped).toMatchObject({ end: { error: { code: "timeout" } } });
  });

  test("text and yields are signs of life, and the attempt may be tried again", async () => {
    const clock = createManualClock(START);
    const turns: (() => void)[] = [];
    const Draft = component("Draft", async function* (_props: {}, step) {
      for (let word = 0; word < 3; word++) {
        if (step.attempt === 1 && word === 2) await new Promise(() => {});
        await new Promise<void>((resolve) => turns.push(resolve));
        yield `${word} `;
      }
    })
      .timeout({ idle: "10s" })
      .retry({ attempts: 2, initial: 0 });
    const life = live(
      workflow("W", () => use(Draft.run())),
      { clock },
    );
    for (let turn = 0; turn < 2; turn++) {
      await until(() => turns.length > 0);
      clock.advance(9000);
      turns.shift()?.();
      await rest();
    }
    clock.advance(10_000);
    await rest();
    clock.advance(1);
    for (let turn = 0; turn < 3; turn++) {
      await until(() => turns.length > 0);
      turns.shift()?.();
    }
    expect(await life.stopped).toMatchObject({ end: { output: "0 1 2 " } });
  });
});
