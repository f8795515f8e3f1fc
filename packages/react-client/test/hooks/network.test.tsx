// A connection that is cut off, frozen or gone: the hook recovers, and no character is missing or shown twice.
import { dispatch, resetPage } from "../support/page.ts";
import { createClient, useWorkflowRun, type WorkflowRun } from "@alder/react-client";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writing, type HandRun } from "../../../core/test/client/hand-worker.ts";
import type { Article } from "../support/article.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";
import { createRealApi, type RealApi } from "../support/real-api.ts";

let api: RealApi;

beforeEach(async () => {
  resetPage();
  api = await createRealApi();
});

afterEach(async () => {
  cleanup();
  await api.close();
});

const text = Array.from({ length: 40 }, (_, index) => `word${index} `);
const events = writing("d", text);
let clock: TestClock;
let run: HandRun;
let result: { readonly current: WorkflowRun<typeof Article> };
let lengths: number[];

async function begin(): Promise<void> {
  clock = createTestClock();
  const client = createClient({ url: api.url, clock, random: () => 0 });
  run = await api.run();
  lengths = [];
  ({ result } = renderHook(() => {
    const current = useWorkflowRun<typeof Article>("article", { client, runId: run.runId, throttleMs: 0 });
    lengths.push(current.text("Draft").length);
    return current;
  }));
  await waitFor(() => expect(result.current.connection).toBe("open"));
  await act(() => run.say(...events.slice(0, 20)));
  await shows(text.slice(0, 19));
}

/** Waits until the text is there, whatever time must pass for that. */
async function shows(words: readonly string[], stepMs = 100): Promise<void> {
  await waitFor(() => {
    act(() => clock.advance(stepMs));
    expect(result.current.text("Draft")).toBe(words.join(""));
  });
}

async function end(): Promise<void> {
  await act(() => run.complete("done"));
  await waitFor(() => {
    act(() => clock.advance(100));
    expect(result.current.status).toBe("completed");
  });
  expect(result.current.text("Draft")).toBe(text.join(""));
  expect(result.current.connectionError).toBeUndefined();
  // Text only ever grows: nothing is taken back on the way.
  expect(lengths).toEqual(lengths.toSorted((one, other) => one - other));
}

test("cut off in the middle of a text, it goes on where it was", async () => {
  await begin();
  api.network.cut();
  await waitFor(() => expect(result.current.connection).toBe("reconnecting"));
  expect(result.current).toMatchObject({ status: "running", connectionError: { code: "connection_lost" } });
  await act(() => run.say(...events.slice(20)));
  await shows(text);
  expect(api.streamsOpened()).toBe(2);
  await end();
});

test("frozen, it is given up after 45 s of silence", async () => {
  await begin();
  api.network.freeze();
  await act(() => run.say(...events.slice(20)));
  act(() => clock.advance(44_000));
  expect(result.current.connection).toBe("open");
  act(() => clock.advance(1000));
  expect(result.current).toMatchObject({
    connection: "reconnecting",
    connectionError: { code: "connection_stalled" },
  });
  await shows(text);
  expect(api.streamsOpened()).toBe(2);
  await end();
});

test("a server that is restarted is found again", async () => {
  await begin();
  await act(() => api.stop());
  await waitFor(() => expect(result.current.connection).toBe("reconnecting"));
  await act(() => run.say(...events.slice(20)));
  for (let second = 0; second < 5; second++) act(() => clock.advance(1000));
  await api.start();
  await shows(text, 1000);
  await end();
});

test("a network that is back is tried at once", async () => {
  await begin();
  await act(() => api.stop());
  await waitFor(() => expect(result.current.connection).toBe("reconnecting"));
  await act(() => run.say(...events.slice(20)));
  await api.start();
  act(() => dispatch("online"));
  await waitFor(() => expect(result.current.connection).toBe("open"));
  await shows(text);
  await end();
});

test("a page that is looked at again does not wait for its turn", async () => {
  await begin();
  api.network.freeze();
  await act(() => run.say(...events.slice(20)));
  act(() => clock.advance(21_000));
  act(() => dispatch("visibilitychange"));
  await waitFor(() => expect(result.current.connection).toBe("open"));
  await shows(text, 1);
  await end();
});
