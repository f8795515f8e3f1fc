// A run of another workflow than the hook's: two hooks that keep theirs in the same place, or a wrong address.
import { resetPage } from "../support/page.ts";
import { createClient, useWorkflowRun, type WorkflowRunOptions } from "@alder/react-client";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Article } from "../support/article.ts";
import { createRealApi, type RealApi } from "../support/real-api.ts";

interface Summary {
  readonly name: "summary";
  readonly "~types": Omit<(typeof Article)["~types"], "never">;
}

let api: RealApi;

beforeEach(async () => {
  resetPage();
  api = await createRealApi();
});

afterEach(async () => {
  cleanup();
  await api.close();
});

test("is refused, says which run is of which workflow, and is not read any further", async () => {
  const client = createClient({ url: api.url, lingerMs: 0 });
  const run = await api.run();
  history.replaceState(null, "", `/article?run=${run.runId}`);
  const [onError, onEvent, onFinish] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
  const options: WorkflowRunOptions<Summary> = { client, persist: "url", onError, onEvent, onFinish };
  const { result } = renderHook(() => useWorkflowRun<Summary>("summary", options), { wrapper: StrictMode });
  await waitFor(() => expect(result.current.connection).toBe("failed"));
  const error = result.current.connectionError;
  expect(error).toMatchObject({ code: "wrong_workflow", details: { runId: run.runId, workflow: "article" } });
  expect(error?.message).toContain(`Run "${run.runId}" is of the workflow "article"`);
  expect(error?.message).toContain('persist: { url: "summary" }');
  expect(result.current).toMatchObject({ runId: run.runId, status: "queued", input: undefined, steps: [] });
  await act(() => expect(result.current.cancel()).rejects.toMatchObject({ code: "no_run" }));
  expect(onError.mock.calls[0]).toEqual([error]);

  await waitFor(() => expect(api.streamsOpen()).toBe(0));
  await act(() => run.complete("done"));
  expect(onEvent).not.toHaveBeenCalled();
  expect(onFinish).not.toHaveBeenCalled();
});

test("is refused at once where it is known already, and its own hook shows it all the same", async () => {
  const client = createClient({ url: api.url });
  const run = await api.run();
  const own = renderHook(() => useWorkflowRun<typeof Article>("article", { client, runId: run.runId }));
  await waitFor(() => expect(own.result.current.status).toBe("running"));
  const onEvent = vi.fn<() => void>();
  const other = renderHook(() => useWorkflowRun<Summary>("summary", { client, runId: run.runId, onEvent }));
  expect(other.result.current).toMatchObject({
    connection: "failed",
    connectionError: { code: "wrong_workflow" },
  });
  await act(() => run.complete("done"));
  await waitFor(() => expect(own.result.current.status).toBe("completed"));
  expect(onEvent).not.toHaveBeenCalled();
  expect(other.result.current.output).toBeUndefined();
});

test("parameters of their own keep two hooks apart", async () => {
  const client = createClient({ url: api.url });
  const { result } = renderHook(() => ({
    one: useWorkflowRun<typeof Article>("article", { client, persist: "url" }),
    two: useWorkflowRun<typeof Article>("article", { client, persist: { url: "second" } }),
  }));
  await act(() => result.current.one.start({ topic: "alders" }));
  expect(result.current.two.runId).toBeUndefined();
});
