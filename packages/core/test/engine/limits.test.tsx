/** @jsxImportSource @alder/core */
/** Permits: taken before an attempt, held while it executes, given back when it ends. */
import { describe, expect, test } from "vitest";
import {
  Catch,
  component,
  type Json,
  NonRetryableError,
  Race,
  RetryAfterError,
  Sleep,
  sleep,
  use,
  workflow,
} from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, Echo } from "./components.tsx";
import { createHandDesk, type HandDesk } from "./hand-desk.ts";
import {
  crashedAfter,
  createDisk,
  eventsOf,
  liveWhileIdle as live,
  outputOf,
  rest,
  startedComponents,
  until,
  type AnyWorkflow,
  type Life,
  type LifeOptions,
} from "./harness.ts";

const START = 1_000_000;
const llm = { key: "llm", concurrency: 2, rate: "500/1m" } as const;
const slots = { key: "slots", concurrency: 1 } as const;

function waiting(W: AnyWorkflow, options: LifeOptions = {}): { life: Life; desk: HandDesk } {
  const desk = createHandDesk();
  return { life: live(W, { permits: desk, ...options }), desk };
}

async function grantAll(desk: HandDesk): Promise<void> {
  for (const { want, givenBack } of desk.asked) if (givenBack === null) want.onGranted();
  await rest();
}

describe("an attempt with limits", () => {
  test("starts once it has a permit, and gives it back when it ends", async () => {
    const { Gate, executions } = createGate();
    const Limited = Gate.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    expect(desk.asked.map(({ key, want }) => [key, want.slot])).toEqual([["llm", true]]);
    expect(executions).toHaveLength(0);
    expect(startedComponents(life.disk)).toEqual([]);
    await grantAll(desk);
    expect(startedComponents(life.disk)).toEqual(["Gate"]);
    expect(desk.left()).toEqual(["llm"]);
    executions[0]?.end.resolve("done");
    expect(await life.stopped).toMatchObject({ end: { output: "done" } });
    expect(desk.asked[0]?.givenBack).toEqual({ outcome: "ok" });
  });

  test("a step without limits asks for nothing", async () => {
    const desk = createHandDesk();
    expect(
      await outputOf(
        workflow("W", () => use(Echo.run({ v: 1 }))),
        { permits: desk },
      ),
    ).toBe(1);
    expect(desk.asked).toEqual([]);
  });

  test("takes permits one after the other, in the order of their keys, whatever order they are written in", async () => {
    const Limited = Echo.limit(slots).limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    expect(desk.asked.map(({ key }) => key)).toEqual(["llm"]);
    await grantAll(desk);
    expect(desk.asked.map(({ key }) => key)).toEqual(["llm", "slots"]);
    desk.asked[1]?.want.onGranted();
    expect(await life.stopped).toMatchObject({ end: { output: 1 } });
    expect(desk.left()).toEqual([]);
  });

  test("says why it waits, once for each reason", async () => {
    const Limited = Echo.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    const { want } = desk.asked[0]!;
    want.onWaiting({ reason: "concurrency", until: null, ahead: 7 });
    want.onWaiting({ reason: "concurrency", until: null, ahead: 3 });
    want.onWaiting({ reason: "paused", until: 5000, ahead: 0 });
    want.onWaiting({ reason: "paused", until: 5900, ahead: 0 });
    want.onWaiting({ reason: "paused", until: 9000, ahead: 0 });
    want.onGranted();
    await life.stopped;
    const origin = { parent: null, name: "Echo", key: null, kind: "component", attempt: 1 };
    expect(eventsOf(life.disk, "step.waiting")).toMatchObject([
      { ...origin, limit: "llm", reason: "concurrency", until: null, ahead: 7 },
      { limit: "llm", reason: "paused", until: 5000, ahead: 0 },
      { limit: "llm", reason: "paused", until: 9000, ahead: 0 },
    ]);
    const types = life.disk.events.map(({ type }) => type);
    expect(types.lastIndexOf("step.waiting")).toBeLessThan(types.indexOf("step.started"));
  });

  test("a lost permit stops nothing, and is told", async () => {
    const { Gate, executions } = createGate();
    const Limited = Gate.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({}))));
    await rest();
    await grantAll(desk);
    desk.asked[0]?.want.onLost();
    executions[0]?.end.resolve(1);
    expect(await life.stopped).toMatchObject({ end: { output: 1 } });
    expect(eventsOf(life.disk, "log")).toMatchObject([{ level: "warn", message: /"llm".*given to another/ }]);
  });

  test("other numbers of another worker are told", async () => {
    const Limited = Echo.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    desk.asked[0]?.want.onConflict({ concurrency: 9 }, true);
    await grantAll(desk);
    expect(eventsOf(life.disk, "log")).toMatchObject([
      { level: "warn", message: /"llm".*{"concurrency":9} holds/, fields: { code: "limit_conflict" } },
    ]);
  });
});

describe("what an attempt comes to", () => {
  const cases: readonly [string, unknown, string][] = [
    ["a refusal", Object.assign(new Error("429"), { status: 429 }), "failed"],
    ["a fault of the provider's", Object.assign(new Error("503"), { statusCode: 503 }), "failed"],
    [
      "a wrapped one",
      new Error("gave up", { cause: Object.assign(new Error("500"), { status: 500 }) }),
      "failed",
    ],
    [
      "a lost connection",
      new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) }),
      "failed",
    ],
    ["come again later", new RetryAfterError("busy", "1s"), "none"],
    [
      "a refusal that says when to come again",
      Object.assign(new Error("429"), { status: 429, headers: { "retry-after": "1" } }),
      "none",
    ],
    [
      "a fault that says when to come again",
      Object.assign(new Error("503"), { status: 503, headers: { "retry-after": "1" } }),
      "failed",
    ],
    ["a request that is wrong", Object.assign(new Error("400"), { status: 400 }), "ok"],
    ["an error of the author's own", new Error("no"), "none"],
    [
      "nothing that can be read",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("unreadable");
          },
        },
      ),
      "none",
    ],
  ];
  test.each(cases)("is told to the limit: %s", async (_, error, outcome) => {
    const { Gate, executions } = createGate();
    const Limited = Gate.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({}))));
    await rest();
    await grantAll(desk);
    executions[0]?.end.reject(error);
    await life.stopped;
    expect(desk.asked[0]?.givenBack?.outcome).toBe(outcome);
  });

  test("a timeout says that the provider is ill", async () => {
    const clock = createManualClock(START);
    const { Gate } = createGate();
    const Limited = Gate.limit(llm).timeout("5s");
    const { life, desk } = waiting(
      workflow("W", () => use(Limited.run({}))),
      { clock },
    );
    await rest();
    await grantAll(desk);
    clock.advance(5000);
    await life.stopped;
    expect(desk.asked[0]?.givenBack?.outcome).toBe("failed");
  });

  test("the tokens it used are told, those of this attempt only", async () => {
    const clock = createManualClock(START);
    const Ask = component("Ask", async (_: {}, step) => {
      step.usage({ inputTokens: 100, cost: 1 });
      step.usage({ inputTokens: 1, outputTokens: 20 });
      if (step.attempt === 1) throw new Error("again");
      return null;
    })
      .limit(llm)
      .retry({ attempts: 2, initial: 0 });
    const desk = createHandDesk(true);
    await live(
      workflow("W", () => use(Ask.run())),
      { permits: desk, clock },
    ).stopped;
    expect(desk.asked.map(({ givenBack }) => givenBack)).toEqual([
      { outcome: "none", tokens: 121 },
      { outcome: "ok", tokens: 121 },
    ]);
  });

  test("a Retry-After pauses the key for all, not only the step that met it", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = Gate.limit(llm);
    const { life, desk } = waiting(
      workflow("W", () => use(Limited.run({}))),
      { clock },
    );
    await rest();
    await grantAll(desk);
    executions[0]?.end.reject(
      Object.assign(new Error("429"), { statusCode: 429, responseHeaders: { "retry-after": "7" } }),
    );
    await life.stopped;
    expect(desk.pauses).toEqual([{ key: "llm", until: START + 7000 }]);
  });
});

describe("several attempts", () => {
  test("a permit is held by the attempt, given back during the backoff, and asked for anew", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = Gate.limit(llm).retry({ attempts: 2, initial: "10s", jitter: false });
    const { life, desk } = waiting(
      workflow("W", () => use(Limited.run({}))),
      { clock },
    );
    await rest();
    await grantAll(desk);
    executions[0]?.end.reject(new Error("no"));
    await rest();
    expect(desk.left()).toEqual([]);
    clock.advance(10_000);
    await rest();
    expect(desk.left()).toEqual(["llm"]);
    expect(executions).toHaveLength(1);
    expect(new Set(desk.asked.map(({ want }) => want.id)).size).toBe(2);
    await grantAll(desk);
    expect(executions[1]?.attempt).toBe(2);
    executions[1]?.end.resolve(2);
    expect(await life.stopped).toMatchObject({ end: { output: 2 } });
  });

  test("the time for all of them begins with the first start, not with the wait for it", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Limited = Gate.limit(llm).timeout({ total: "1m" }).retry({ attempts: 3, initial: 0 });
    const { life, desk } = waiting(
      workflow("W", () => use(Limited.run({}))),
      { clock },
    );
    await rest();
    clock.advance(3_600_000);
    await grantAll(desk);
    expect(executions).toHaveLength(1);
    executions[0]?.end.reject(new Error("no"));
    await rest();
    clock.advance(0);
    await rest();
    // The second waits for its permit until the time of all is over.
    clock.advance(59_999);
    await rest();
    expect(desk.left()).toEqual(["llm"]);
    clock.advance(1);
    expect(await life.stopped).toMatchObject({ end: { status: "failed", error: { code: "timeout" } } });
    expect(desk.left()).toEqual([]);
    expect(executions).toHaveLength(1);
  });
});

describe("an open circuit", () => {
  test("fails the step at once, and no retry of its own tries again", async () => {
    const Limited = Echo.limit(llm).retry({ attempts: 5 });
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    desk.asked[0]?.want.onOpen(Date.UTC(2027, 0, 1));
    expect(await life.stopped).toMatchObject({
      end: {
        status: "failed",
        error: { code: "circuit_open", message: /Echo.*"llm" is open until 2027-01-01/ },
      },
    });
    const types = life.disk.events.map(({ type }) => type);
    expect(types.slice(types.indexOf("step.started"))).toEqual(["step.started", "step.failed"]);
    expect(desk.asked).toHaveLength(1);
  });

  test("a boundary goes on without it, and permits of other keys are given back", async () => {
    const Limited = Echo.limit(llm).limit(slots);
    const { life, desk } = waiting(
      workflow("W", () => (
        <Catch fallback={(error) => <Echo v={error.code} />}>
          <Limited v={1} />
        </Catch>
      )),
    );
    await rest();
    await grantAll(desk);
    desk.asked[1]?.want.onOpen(5);
    expect(await life.stopped).toMatchObject({ end: { output: "circuit_open" } });
    expect(desk.asked[0]?.givenBack).toEqual({ outcome: "none", tokens: 0 });
  });
});

describe("what is not wanted any more is given back at once (E6)", () => {
  test("a place in the line, with the race that is lost", async () => {
    const Limited = Echo.limit(llm);
    const { life, desk } = waiting(
      workflow("W", () => (
        <Race>
          <Limited v={1} />
          <Echo v={2} />
        </Race>
      )),
    );
    expect(await life.stopped).toMatchObject({ end: { output: 2 } });
    expect(desk.left()).toEqual([]);
    expect(eventsOf(life.disk, "step.waiting")).toEqual([]);
  });

  test("a step that was said to wait is said to be cancelled", async () => {
    const clock = createManualClock(START);
    const Limited = Echo.limit(llm);
    const { life, desk } = waiting(
      workflow("W", () => (
        <Race>
          <Limited v={1} />
          <Sleep for="1m" />
        </Race>
      )),
      { clock },
    );
    await rest();
    desk.asked[0]?.want.onWaiting({ reason: "rate", until: null, ahead: 1 });
    clock.advance(60_000);
    await life.stopped;
    const [said] = eventsOf(life.disk, "step.waiting");
    expect(eventsOf(life.disk, "step.cancelled").map(({ step }) => step)).toContain(said?.step);
    expect(desk.asked[0]?.givenBack).toEqual({ outcome: "none", tokens: 0 });
  });

  test("the permit of a step that executes, with what it has used", async () => {
    const Ask = component("Ask", async (_: {}, step) => {
      step.usage({ outputTokens: 5 });
      return new Promise<null>(() => {});
    }).limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Ask.run())));
    await rest();
    await grantAll(desk);
    life.run.cancel();
    expect(await life.stopped).toMatchObject({ end: { status: "cancelled" } });
    expect(desk.asked[0]?.givenBack).toEqual({ outcome: "none", tokens: 5 });
  });

  test("everything, when the run is stopped: it is another owner's", async () => {
    const { Gate } = createGate();
    const Limited = Gate.limit(llm);
    const { life, desk } = waiting(
      workflow("W", () => {
        const first = Limited.run({ v: 1 });
        const second = Limited.run({ v: 2 });
        return [use(first), use(second)];
      }),
    );
    await rest();
    desk.asked[0]?.want.onGranted();
    await rest();
    life.run.stop();
    expect(desk.left()).toEqual([]);
  });
});

describe("a step inside a component that holds a permit of the same key", () => {
  test("shares its slot, and counts for the rate", async () => {
    const Inner = Echo.limit(llm);
    const Outer = component("Outer", async () => Inner.run({ v: "in" })).limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Outer.run())));
    await rest();
    await grantAll(desk);
    expect(desk.asked.map(({ want }) => want.slot)).toEqual([true, false]);
    desk.asked[1]?.want.onGranted();
    expect(await life.stopped).toMatchObject({ end: { output: "in" } });
    expect(desk.left()).toEqual([]);
  });

  test("asks for nothing where only slots are limited, however deep", async () => {
    const Inner = Echo.limit(slots);
    const Middle = component("Middle", async () => Inner.run({ v: "in" }));
    const Outer = component("Outer", async () => Middle.run()).limit(slots);
    const { life, desk } = waiting(workflow("W", () => use(Outer.run())));
    await rest();
    await grantAll(desk);
    expect(await life.stopped).toMatchObject({ end: { output: "in" } });
    expect(desk.asked).toHaveLength(1);
    expect(desk.left()).toEqual([]);
  });

  test("keeps the slot while it goes on after the component's attempt (E7)", async () => {
    const clock = createManualClock(START);
    const { Gate, executions } = createGate();
    const Inner = Gate.limit(slots);
    const Outer = component("Outer", async (_: {}, step): Promise<Json> => {
      const inner = Inner.run({});
      if (step.attempt === 1) throw new Error("the first attempt fails beside it");
      return inner;
    })
      .limit(slots)
      .retry({ attempts: 2, initial: "1s", jitter: false });
    const { life, desk } = waiting(
      workflow("W", () => use(Outer.run())),
      { clock },
    );
    await rest();
    await grantAll(desk);
    expect(executions).toHaveLength(1);
    expect(desk.left()).toEqual(["slots"]);
    executions[0]?.end.resolve("in");
    await rest();
    expect(desk.left()).toEqual([]);
    clock.advance(1000);
    await rest();
    await grantAll(desk);
    expect(await life.stopped).toMatchObject({ end: { output: "in" } });
  });
});

describe("a run that waits for permits (E11)", () => {
  test("is not stuck, and not idle while nobody knows until when", async () => {
    const Limited = Echo.limit(llm);
    const idle: unknown[] = [];
    const { life, desk } = waiting(
      workflow("W", () => use(Limited.run({ v: 1 }))),
      {
        onIdle: (_, waits) => void idle.push(waits),
      },
    );
    await rest();
    desk.asked[0]?.want.onWaiting({ reason: "concurrency", until: null, ahead: 0 });
    await rest();
    expect(idle).toEqual([]);
    expect(life.run.idle()).toBeNull();
    await grantAll(desk);
    expect(await life.stopped).toMatchObject({ end: { output: 1 } });
  });

  test("is back a second before its turn, which would be another's, and then waits for the turn itself", async () => {
    const Limited = Echo.limit(llm);
    const clock = createManualClock(START);
    const { life, desk } = waiting(
      workflow("W", () => use(Limited.run({ v: 1 }))),
      { clock },
    );
    await rest();
    const wakesAt = async (turn: number) => {
      desk.asked[0]?.want.onWaiting({ reason: "rate", until: turn, ahead: 9 });
      await rest();
      return life.run.idle()?.wakeAt;
    };
    expect(await wakesAt(START + 10_000)).toBe(START + 9000);
    expect(await wakesAt(START + 1001)).toBe(START + 1);
    expect(await wakesAt(START + 1000)).toBe(START + 1000);
    expect(await wakesAt(START + 500)).toBe(START + 500);
    await grantAll(desk);
    expect(await life.stopped).toMatchObject({ end: { output: 1 } });
  });

  test("only waits where it is known until when, and goes on when it is its turn", async () => {
    const Limited = Echo.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    desk.asked[0]?.want.onWaiting({ reason: "paused", until: 5000, ahead: 0 });
    await rest();
    expect(life.run.idle()).toEqual({ wakeAt: 5000, signals: [] });
    desk.asked[0]?.want.onWaiting({ reason: "concurrency", until: null, ahead: 0 });
    expect(life.run.idle()).toBeNull();
    await grantAll(desk);
    expect(await life.stopped).toMatchObject({ end: { output: 1 } });
  });

  test("does not hold up a drain, and begins nothing after it", async () => {
    const Limited = Echo.limit(llm);
    const { life, desk } = waiting(workflow("W", () => use(Limited.run({ v: 1 }))));
    await rest();
    life.run.drain();
    expect(await life.stopped).toEqual({ state: "drained" });
    expect(startedComponents(life.disk)).toEqual([]);
    expect(desk.left()).toEqual([]);
  });
});

describe("in later lives", () => {
  const Limited = Echo.limit(llm);
  const W = workflow("W", () => {
    const [first, second] = [Limited.run({ v: 1 }), Limited.run({ v: 2 })];
    return [use(first), use(second)];
  });

  test("no permit is asked for a step whose result is in the journal (E1)", async () => {
    const disk = await crashedAfter(W, 1, { permits: createHandDesk(true) });
    const desk = createHandDesk(true);
    expect(await outputOf(W, { disk, permits: desk })).toEqual([1, 2]);
    expect(desk.asked).toHaveLength(1);
  });

  test("an attempt asks under the same id, and nothing of permits is in the journal", async () => {
    const first = createHandDesk();
    const life = live(W, { permits: first });
    await rest();
    life.run.stop();
    const disk = createDisk(life.disk);
    expect(disk.entries.map(({ t }) => t)).toEqual(["claimed"]);
    const second = createHandDesk(true);
    await outputOf(W, { disk, permits: second });
    expect(second.asked.map(({ want }) => want.id)).toEqual(first.asked.map(({ want }) => want.id));
  });
});

test("an error that is not to be retried is no refusal of the provider's", async () => {
  const Never = component("Never", async (): Promise<Json> => {
    throw new NonRetryableError("no");
  }).limit(llm);
  const desk = createHandDesk(true);
  await live(
    workflow("W", () => use(Never.run())),
    { permits: desk },
  ).stopped;
  expect(desk.pauses).toEqual([]);
  await until(() => desk.left().length === 0);
});

test("a component that waits in the middle keeps its permit", async () => {
  const clock = createManualClock(START);
  const Patient = component("Patient", async () => {
    await sleep("1m");
    return "waited";
  }).limit(llm);
  const desk = createHandDesk(true);
  const life = live(
    workflow("W", () => use(Patient.run())),
    { permits: desk, clock },
  );
  await rest();
  expect(desk.left()).toEqual(["llm"]);
  clock.advance(60_000);
  expect(await life.stopped).toMatchObject({ end: { output: "waited" } });
  expect(desk.left()).toEqual([]);
});
