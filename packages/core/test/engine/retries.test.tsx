/** @jsxImportSource @alder/core */
/** E7: attempts of a component, their backoff, and how both go on after a recovery. */
import { describe, expect, test } from "vitest";
import { component, type Json, NonRetryableError, RetryAfterError, use, workflow } from "@alder/core";
import type { RetryPolicy } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, type Execution } from "./components.tsx";
import {
  createDisk,
  eventsOf,
  liveWhileIdle as live,
  rest,
  until,
  type AnyWorkflow,
  type Life,
} from "./harness.ts";

const START = 1_000_000;

/** A run of one component whose attempts the test ends. */
function retrying(policy: RetryPolicy): { W: AnyWorkflow; executions: Execution[] } {
  const { Gate, executions } = createGate();
  const Retried = Gate.retry({ jitter: false, ...policy });
  return { W: workflow("W", () => use(Retried.run({}))), executions };
}

async function failAttempt(
  executions: Execution[],
  count: number,
  error: unknown = new Error("no"),
): Promise<void> {
  await until(() => executions.length === count);
  executions.at(-1)?.end.reject(error);
  await rest();
}

describe("backoff", () => {
  const growing: Record<string, { policy: RetryPolicy; delays: number[] }> = {
    constant: { policy: { attempts: 4, backoff: "constant", initial: "2s" }, delays: [2000, 2000, 2000] },
    linear: { policy: { attempts: 4, backoff: "linear", initial: 500 }, delays: [500, 1000, 1500] },
    exponential: { policy: { attempts: 5, initial: 100, max: 300 }, delays: [100, 200, 300, 300] },
    "jitter takes a part away": { policy: { attempts: 2, initial: 1000, jitter: 0.5 }, delays: [750] },
  };
  test.each(Object.entries(growing))(
    "%s: the next attempt starts then and not before",
    async (_name, given) => {
      const clock = createManualClock(START);
      const { W, executions } = retrying(given.policy);
      const life = live(W, { clock, random: () => 0.5 });
      let count = 1;
      for (const delayMs of given.delays) {
        await failAttempt(executions, count);
        expect(eventsOf(life.disk, "step.retrying").at(-1)).toMatchObject({
          attempt: count,
          until: clock.now() + delayMs,
          error: { message: "no", step: "Gate" },
        });
        clock.advance(delayMs - 1);
        await rest();
        expect(executions).toHaveLength(count);
        clock.advance(1);
        await rest();
        expect(executions).toHaveLength(++count);
        expect(executions.at(-1)?.attempt).toBe(count);
      }
      executions.at(-1)?.end.resolve("at last");
      expect(await life.stopped).toMatchObject({ end: { output: "at last" } });
    },
  );
});

test("the failure after the last attempt is the step's", async () => {
  const clock = createManualClock(START);
  const { W, executions } = retrying({ attempts: 2, initial: 0 });
  const life = live(W, { clock });
  await failAttempt(executions, 1);
  clock.advance(0);
  await failAttempt(executions, 2, new Error("no again"));
  await expect(life.stopped).resolves.toMatchObject({
    end: { status: "failed", error: { message: "no again" } },
  });
  expect(executions).toHaveLength(2);
  expect(eventsOf(life.disk, "step.failed")).toHaveLength(1);
});

test("without a policy there is one attempt", async () => {
  const { Gate, executions } = createGate();
  const life = live(workflow("W", () => use(Gate.run({}))));
  await failAttempt(executions, 1);
  expect(await life.stopped).toMatchObject({ end: { status: "failed" } });
});

describe("what an error says goes before the policy", () => {
  test("NonRetryableError ends the attempts", async () => {
    const { W, executions } = retrying({ attempts: 5 });
    const life = live(W);
    await failAttempt(executions, 1, new NonRetryableError("never"));
    expect(await life.stopped).toMatchObject({ end: { status: "failed", error: { code: "non_retryable" } } });
  });

  test("RetryAfterError says when", async () => {
    const clock = createManualClock(START);
    const { W, executions } = retrying({ attempts: 2, initial: 1 });
    live(W, { clock });
    await failAttempt(executions, 1, new RetryAfterError("busy", "1m"));
    clock.advance(59_999);
    await rest();
    expect(executions).toHaveLength(1);
    clock.advance(1);
    await until(() => executions.length === 2);
  });

  test("so does a Retry-After that a provider's error carries", async () => {
    const clock = createManualClock(START);
    const { W, executions } = retrying({ attempts: 2, initial: 1 });
    const life = live(W, { clock });
    const busy = Object.assign(new Error("429"), {
      statusCode: 429,
      responseHeaders: { "retry-after": "7" },
    });
    await failAttempt(executions, 1, busy);
    expect(eventsOf(life.disk, "step.retrying")[0]).toMatchObject({ until: START + 7000 });
  });
});

describe("after a recovery", () => {
  const policy: RetryPolicy = { attempts: 3, backoff: "constant", initial: 1000 };

  /** One attempt has failed and its entry is written when the owner dies. */
  async function crashedInBackoff(): Promise<{ W: AnyWorkflow; executions: Execution[]; life: Life }> {
    const clock = createManualClock(START);
    const { W, executions } = retrying(policy);
    const life = live(W, { clock, onWrite: (_count, entry) => (entry.t === "attempt" ? "kept" : undefined) });
    await failAttempt(executions, 1);
    expect(await life.stopped).toEqual({ state: "crashed" });
    return { W, executions, life };
  }

  test("the next attempt starts at the time the journal says", async () => {
    const { W, executions, life } = await crashedInBackoff();
    const clock = createManualClock(START + 400);
    live(W, { clock, disk: createDisk(life.disk) });
    await rest();
    clock.advance(599);
    await rest();
    expect(executions).toHaveLength(1);
    clock.advance(1);
    await until(() => executions.length === 2);
    expect(executions[1]?.attempt).toBe(2);
  });

  test("at once, if that time has passed", async () => {
    const { W, executions, life } = await crashedInBackoff();
    live(W, { clock: createManualClock(START + 5000), disk: createDisk(life.disk) });
    await until(() => executions.length === 2);
    expect(executions[1]?.attempt).toBe(2);
  });

  test("only failures count against the budget", async () => {
    const { W, executions } = retrying({ attempts: 2, initial: 0, backoff: "constant" });
    let disk = createDisk();
    for (let crash = 1; crash <= 3; crash++) {
      const life = live(W, { disk: createDisk(disk) });
      await until(() => executions.length === crash);
      life.run.stop();
      ({ disk } = life);
    }
    const life = live(W, { disk: createDisk(disk) });
    await failAttempt(executions, 4);
    await until(() => executions.length === 5);
    expect(executions.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 2]);
    executions.at(-1)?.end.resolve("done");
    expect(await life.stopped).toMatchObject({ end: { output: "done" } });
    // Chunks and starts count every start instead.
    expect(eventsOf(life.disk, "step.started").map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  });

  test("a step that is cancelled in its backoff is not tried again", async () => {
    const clock = createManualClock(START);
    const { W, executions } = retrying(policy);
    const life = live(W, { clock });
    await failAttempt(executions, 1);
    life.run.cancel();
    expect(await life.stopped).toMatchObject({ end: { status: "cancelled" } });
    clock.advance(10_000);
    await rest();
    expect(executions).toHaveLength(1);
  });
});

describe("a new attempt", () => {
  test("keeps what has finished inside, and clears what has failed inside", async () => {
    const counts = { good: 0, bad: 0 };
    const Good = component("Good", async () => ++counts.good);
    const Fails = component("Fails", async () => {
      if (++counts.bad < 3) throw new Error("not yet");
      return counts.bad;
    });
    const Agent = component("Agent", async () => [await Good.run({}), await Fails.run({})]).retry({
      attempts: 3,
      initial: 0,
    });
    const life = live(workflow("W", () => use(Agent.run({}))));
    expect(await life.stopped).toMatchObject({ end: { output: [1, 3] } });
    expect(counts).toEqual({ good: 1, bad: 3 });
  });

  test("gives the components inside their whole budget again", async () => {
    const inner = createGate("Inner");
    const Inner = inner.Gate.retry({ attempts: 2, initial: 0 });
    const Agent = component("Agent", async () => Inner.run({})).retry({ attempts: 2, initial: 0 });
    const life = live(workflow("W", () => use(Agent.run({}))));
    for (let count = 1; count <= 4; count++) await failAttempt(inner.executions, count);
    expect(await life.stopped).toMatchObject({ end: { status: "failed" } });
    expect(inner.executions.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
  });

  test("that follows a timeout lets a workflow inside go the same way again, and executes nothing of it again", async () => {
    const clock = createManualClock();
    const [a, b, last] = [createGate("A"), createGate("B"), createGate("Last")];
    const seen: unknown[] = [];
    const Note = component("Note", async ({ v }: { v: Json }) => {
      seen.push(v);
      return v;
    });
    const Inner = workflow("Inner", async () => {
      const first = await Promise.race([a.Gate.run({}), b.Gate.run({})]);
      return [await Note.run({ v: first }), await last.Gate.run({})];
    });
    const Agent = component("Agent", async () => Inner.run({}))
      .timeout(1000)
      .retry({ attempts: 2, initial: 0 });
    const life = live(
      workflow("W", () => use(Agent.run({}))),
      { clock },
    );
    await until(() => a.executions.length === 1 && b.executions.length === 1);
    b.executions[0]?.end.resolve("b");
    await until(() => last.executions.length === 1);
    a.executions[0]?.end.resolve("a");
    await rest();
    clock.advance(1000);
    await until(() => last.executions.length === 2);
    last.executions[1]?.end.resolve("end");
    expect(await life.stopped).toMatchObject({ end: { output: ["b", "end"] } });
    expect(seen).toEqual(["b"]);
  });

  test("clears failures inside what had not ended, also when the owner died in between", async () => {
    const inner = createGate("Inner");
    const outer = createGate("Outer");
    const { Gate: Later, executions: later } = createGate("Later");
    const Recovers = component("Recovers", async () => {
      try {
        return await inner.Gate.run({});
      } catch {
        return await Later.run({});
      }
    });
    const Nested = workflow("Nested", () => use(Recovers.run({})));
    const Agent = component("Agent", async () => {
      const part = Nested.run({});
      return [await outer.Gate.run({}), await part];
    }).retry({ attempts: 2, initial: 0 });
    const W = workflow("W", () => use(Agent.run({})));

    const life = live(W, { onWrite: (_count, entry) => (entry.t === "attempt" ? "kept" : undefined) });
    await until(() => inner.executions.length === 1 && outer.executions.length === 1);
    inner.executions[0]?.end.reject(new Error("inner"));
    await until(() => later.length === 1);
    outer.executions[0]?.end.reject(new Error("outer"));
    expect(await life.stopped).toEqual({ state: "crashed" });

    const again = live(W, { disk: createDisk(life.disk) });
    await until(() => inner.executions.length === 2 && outer.executions.length === 2);
    inner.executions[1]?.end.resolve("inner");
    outer.executions[1]?.end.resolve("outer");
    expect(await again.stopped).toMatchObject({ end: { output: ["outer", "inner"] } });
    expect(later).toHaveLength(1);
  });
});
