import { resetPage } from "../support/page.ts";
import { createClient, useWorkflowRun, type Client, type WorkflowRunOptions } from "@alder/react-client";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { writing } from "../../../core/test/client/hand-worker.ts";
import type { Article } from "../support/article.ts";
import { createTestClock } from "../support/manual-clock.ts";
import { createRealApi, type RealApi } from "../support/real-api.ts";

let api: RealApi;
let client: Client;

beforeEach(async () => {
  resetPage();
  api = await createRealApi();
  client = createClient({ url: api.url });
});

afterEach(async () => {
  cleanup();
  await api.close();
});

const renderStrictly = (options: WorkflowRunOptions<typeof Article>) =>
  renderHook((changed) => useWorkflowRun<typeof Article>("article", { client, ...options, ...changed }), {
    wrapper: StrictMode,
    initialProps: {} as WorkflowRunOptions<typeof Article>,
  });

describe("onFinish", () => {
  test("is called once for the end of a run that was watched", async () => {
    const run = await api.run();
    const onFinish = vi.fn<(ending: unknown) => void>();
    const { result, rerender } = renderStrictly({ runId: run.runId, onFinish });
    await waitFor(() => expect(result.current.connection).toBe("open"));
    expect(onFinish).not.toHaveBeenCalled();
    await act(() => run.complete("done"));
    await waitFor(() => expect(result.current.status).toBe("completed"));
    rerender({});
    expect(onFinish).toHaveBeenCalledExactlyOnceWith({
      runId: run.runId,
      status: "completed",
      output: "done",
    });
  });

  test("is called for a run that had ended before, too", async () => {
    const run = await api.run();
    await run.fail("no");
    const onFinish = vi.fn<(ending: unknown) => void>();
    const { rerender } = renderStrictly({ runId: run.runId, onFinish });
    await waitFor(() => expect(onFinish).toHaveBeenCalled());
    rerender({});
    expect(onFinish).toHaveBeenCalledExactlyOnceWith({
      runId: run.runId,
      status: "failed",
      error: { name: "Error", message: "no", code: null, step: null },
    });
  });

  test("is called once by each hook, also where all is known when it mounts", async () => {
    const run = await api.run();
    await run.complete("done");
    const first = renderStrictly({ runId: run.runId });
    await waitFor(() => expect(first.result.current.status).toBe("completed"));
    const onFinish = vi.fn<(ending: unknown) => void>();
    const { result } = renderStrictly({ runId: run.runId, onFinish });
    expect(result.current.output).toBe("done");
    expect(onFinish).toHaveBeenCalledOnce();
  });

  test("the newest function given is called", async () => {
    const run = await api.run();
    const [old, current] = [vi.fn<(ending: unknown) => void>(), vi.fn<(ending: unknown) => void>()];
    const { result, rerender } = renderStrictly({ runId: run.runId, onFinish: old });
    await waitFor(() => expect(result.current.connection).toBe("open"));
    rerender({ onFinish: current });
    await act(() => run.complete("done"));
    await waitFor(() => expect(current).toHaveBeenCalledOnce());
    expect(old).not.toHaveBeenCalled();
  });
});

test("onEvent is called for each event that is read, once, in order", async () => {
  const run = await api.run();
  const seen: number[] = [];
  const { result } = renderStrictly({ runId: run.runId, onEvent: ({ seq }) => seen.push(seq) });
  await waitFor(() => expect(result.current.connection).toBe("open"));
  await waitFor(() => expect(result.current.status).toBe("running"));
  await act(() => run.say(...writing("d", ["a", "b", "c"])));
  await act(() => run.complete("done"));
  await waitFor(() => expect(result.current.status).toBe("completed"));
  // The first two were in the snapshot.
  expect(seen).toEqual([3, 4, 5, 6, 7, 8]);
});

test("onError is called once when reading fails for good, and never for the run's own failure", async () => {
  const onError = vi.fn<(error: unknown) => void>();
  const { result } = renderStrictly({ runId: "nobody", onError });
  await waitFor(() => expect(result.current.connection).toBe("failed"));
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "unknown_run" }));

  const later = vi.fn<(error: unknown) => void>();
  renderStrictly({ runId: "nobody", onError: later });
  expect(later).toHaveBeenCalledOnce();
});

test("20,000 chunks render no more often than the throttle allows, and all of them are shown", async () => {
  const clock = createTestClock();
  client = createClient({ url: api.url, clock });
  const run = await api.run();
  let renders = 0;
  const { result } = renderHook(() => {
    renders += 1;
    return useWorkflowRun<typeof Article>("article", { client, runId: run.runId, throttleMs: 50 });
  });
  await waitFor(() => expect(result.current.connection).toBe("open"));
  await waitFor(() => expect(result.current.status).toBe("running"));
  const [started, ...rest] = writing(
    "d",
    Array.from({ length: 20_000 }, (_, index) => `${index} `),
  );
  await act(() => run.say(started!));
  renders = 0;
  let reads = 0;
  client.run(run.runId).onEvent(() => void (reads += 1));
  const ticks = 40;
  for (let tick = 0; tick < ticks; tick++) {
    await act(() => run.say(...rest.slice(tick * 500, (tick + 1) * 500)));
    await vi.waitFor(() => expect(reads).toBeGreaterThanOrEqual((tick + 1) * 500));
    act(() => clock.advance(10));
  }
  act(() => clock.advance(50));
  expect(result.current.text("Draft")).toHaveLength(
    rest.slice(0, -1).reduce((sum, event) => sum + ("delta" in event ? event.delta.length : 0), 0),
  );
  // 450 ms have passed: nine states, the first and the last.
  expect(renders).toBeLessThanOrEqual(11);
  expect(renders).toBeGreaterThan(3);
});
