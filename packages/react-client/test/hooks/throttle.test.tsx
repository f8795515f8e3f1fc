// Must show 5 of the core: 20,000 chunks through the hook render no more often than the throttle allows.
import { resetPage } from "../support/page.ts";
import type { EventBody } from "@alder/core/protocol";
import { createClient, useWorkflowRun } from "@alder/react-client";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Article } from "../support/article.ts";
import { completed, queued, running, stamp } from "../support/events.ts";
import { createTestClock } from "../support/manual-clock.ts";
import { createScriptedStreams, settle } from "../support/scripted-streams.ts";

beforeEach(resetPage);
afterEach(cleanup);

const CHUNKS = 20_000;
const BATCH = 20;
const DELTA = "ab ";

const started: EventBody = {
  type: "step.started",
  step: "s",
  parent: null,
  name: "Draft",
  key: null,
  kind: "component",
  place: [0],
  attempt: 1,
};
const chunk = (index: number): EventBody => ({
  type: "chunk",
  step: "s",
  attempt: 1,
  stream: "text",
  offset: index * DELTA.length,
  delta: DELTA,
});

test.each([50, 200])(
  "once in %i ms while 20,000 chunks come in a second, and at once for the end",
  async (throttleMs) => {
    const clock = createTestClock();
    const streams = createScriptedStreams();
    const client = createClient({ url: "http://api.test", fetch: streams.fetch, clock });
    let renders = 0;
    const { result } = renderHook(() => {
      renders += 1;
      return useWorkflowRun<typeof Article>("article", { client, runId: "r", throttleMs });
    });
    const beginning = [queued, running, started];
    await act(async () => {
      streams.last().accept();
      streams.last().event(...stamp(beginning));
      await settle();
    });
    renders = 0;
    for (let from = 0; from < CHUNKS; from += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, index) => chunk(from + index));
      await act(async () => {
        streams.last().event(...stamp(batch, beginning.length + from));
        await settle();
        clock.advance(1);
      });
    }
    expect(renders).toBeGreaterThan(1);
    expect(renders).toBeLessThanOrEqual(1000 / throttleMs + 1);

    // No time passes: an end is not waited for.
    renders = 0;
    await act(async () => {
      streams.last().event(...stamp([completed], beginning.length + CHUNKS));
      await settle();
    });
    expect(result.current).toMatchObject({ status: "completed", output: "done" });
    expect(result.current.text("Draft")).toBe(DELTA.repeat(CHUNKS));
    expect(renders).toBeLessThanOrEqual(2);
  },
);

test("a client that keeps little text shows its end, whatever came before", async () => {
  const clock = createTestClock();
  const streams = createScriptedStreams();
  const client = createClient({ url: "http://api.test", fetch: streams.fetch, clock, maxText: 100 });
  const { result } = renderHook(() =>
    useWorkflowRun<typeof Article>("article", { client, runId: "r", throttleMs: 0 }),
  );
  await act(async () => {
    streams.last().accept();
    streams.last().event(...stamp([queued, running, started]));
    await settle();
  });
  for (let from = 0; from < 1000; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => chunk(from + index));
    await act(async () => {
      streams.last().event(...stamp(batch, 3 + from));
      await settle();
    });
  }
  const text = result.current.text("Draft");
  expect(text.length).toBeGreaterThanOrEqual(100);
  expect(text.length).toBeLessThanOrEqual(150);
  expect(DELTA.repeat(1000).endsWith(text)).toBe(true);
  expect(result.current.steps[0]?.omitted).toEqual({ text: 3000 - text.length });
});
