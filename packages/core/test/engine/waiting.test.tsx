/** @jsxImportSource @alder/core */
/** What a run waits for without holding a worker: times, decisions, and the next attempt (E11). */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  Approval,
  Catch,
  component,
  decisionSchema,
  Parallel,
  Sequence,
  Sleep,
  sleepUntil,
  use,
  workflow,
} from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { Bad, Echo } from "./components.tsx";
import { sameAfterAnyCrash } from "./crash-everywhere.ts";
import { createDisk, eventsOf, live, outputOf, rest, startedComponents } from "./harness.ts";

const START = Date.UTC(2026, 0, 1);

describe("sleepUntil and <Sleep>", () => {
  test.each([
    ["a Date", new Date(START + 60_000)],
    ["milliseconds", START + 60_000],
    ["a date with its zone", "2026-01-01T00:01:00Z"],
    ["another zone", "2026-01-01T02:01:00+02:00"],
  ])("%s", async (_what, at) => {
    const W = workflow("W", async () => {
      await sleepUntil(at);
      return "awake";
    });
    const stopped = await live(W, { clock: createManualClock(START) }).stopped;
    expect(stopped).toMatchObject({ state: "idle", idle: { wakeAt: START + 60_000 } });
  });

  test("a time that has passed is no wait", async () => {
    const W = workflow("W", async () => {
      await sleepUntil(START - 1);
      return "awake";
    });
    const clock = createManualClock(START);
    const life = live(W, { clock, onIdle: () => clock.advance(1) });
    expect(await life.stopped).toMatchObject({ end: { output: "awake" } });
  });

  test.each(["tomorrow", "2026-01-01", "2026-01-01T00:00:00", Number.NaN])("%s is refused", async (at) => {
    const W = workflow("W", async () => sleepUntil(at) as never);
    await expect(outputOf(W)).rejects.toMatchObject({ code: "bad_time" });
  });

  test("in a tree they are steps without a value, whose function child follows", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Sequence>
          <Echo v="before" />
          <Sleep for="1h" />
        </Sequence>
        <Sleep until={START + 1000}>{() => <Echo v="after" />}</Sleep>
      </Parallel>
    ));
    expect(await sameAfterAnyCrash(W)).toEqual(["before", "after"]);
  });
});

describe("<Approval>", () => {
  const schemas = { input: z.object({}), signals: { publish: decisionSchema } };
  const W = workflow("W", schemas, () => (
    <Catch fallback={(error) => <Echo v={[error.code, error.message]} />}>
      <Approval name="publish">
        <Echo v="published" />
      </Approval>
    </Catch>
  ));

  test("approved, its children follow", async () => {
    const life = live(W, { onIdle: (waiting) => waiting.signal("publish", { approved: true }) });
    expect(await life.stopped).toMatchObject({ end: { output: "published" } });
    expect(eventsOf(life.disk, "input.requested")).toMatchObject([
      { name: "publish", schema: { type: "object" } },
    ]);
  });

  test("rejected, it fails for the nearest Catch with what the person said", async () => {
    const life = live(W, {
      onIdle: (waiting) => waiting.signal("publish", { approved: false, comment: "too long" }),
    });
    expect(await life.stopped).toMatchObject({
      end: { output: ["rejected", expect.stringContaining("too long")] },
    });
  });

  test("a function child is given the decision either way; without children it is the value", async () => {
    const Told = workflow("Told", schemas, () => (
      <Approval name="publish">{(decision) => <Echo v={decision} />}</Approval>
    ));
    const Bare = workflow("Bare", schemas, () => <Approval name="publish" />);
    for (const [given, decision] of [
      [Told, { approved: false }],
      [Bare, { approved: true }],
    ] as const) {
      const life = live(given, { onIdle: (waiting) => waiting.signal("publish", decision) });
      expect(await life.stopped).toMatchObject({ end: { output: decision } });
    }
  });
});

describe("the time until the next attempt", () => {
  const Retried = Bad.retry({ attempts: 2, initial: "1h", jitter: false });

  test("is waited for like a timer when a workflow called the component", async () => {
    const W = workflow("W", () => use(Retried.run({})));
    const life = live(W, { clock: createManualClock(START) });
    expect(await life.stopped).toMatchObject({
      state: "idle",
      idle: { wakeAt: START + 3_600_000, signals: [] },
    });
    const clock = createManualClock(START + 3_599_999);
    const next = live(W, { clock, disk: createDisk(life.disk), onIdle() {} });
    await rest();
    expect(startedComponents(next.disk)).toHaveLength(1);
    clock.advance(1);
    expect(await next.stopped).toMatchObject({ end: { status: "failed" } });
    expect(startedComponents(next.disk)).toHaveLength(2);
  });

  test("counts as executing in a component that awaits it", async () => {
    const Agent = component("Agent", async () => Retried.run({}));
    const W = workflow("W", () => use(Agent.run()));
    let idle = false;
    const life = live(W, { clock: createManualClock(START), onIdle: () => (idle = true) });
    await rest();
    expect(idle).toBe(false);
    life.run.stop();
  });
});
