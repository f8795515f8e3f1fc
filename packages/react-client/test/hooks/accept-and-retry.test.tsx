// Blocked runs and retries, through the handle and the hook, against a real server over a socket.
import { resetPage } from "../support/page.ts";
import { createClient, useWorkflowRun, type Client, type RunEnding } from "@alder/react-client";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Article } from "../support/article.ts";
import { createRealApi, type RealApi } from "../support/real-api.ts";

let api: RealApi;
let client: Client;
beforeEach(async () => {
  resetPage();
  api = await createRealApi();
  client = createClient({ url: api.url, lingerMs: 50 });
});
afterEach(async () => {
  cleanup();
  await api.close();
});

function renderRun(runId: string, onFinish?: (ending: RunEnding<typeof Article>) => void) {
  return renderHook(
    () => useWorkflowRun<typeof Article>("article", { client, runId, ...(onFinish && { onFinish }) }),
    { wrapper: StrictMode },
  );
}

const divergence = {
  step: "Draft",
  key: null,
  workflow: "article",
  was: { heading: "Roots" },
  now: { heading: "Crown" },
  diff: [{ op: "replace", path: "/heading", value: "Crown" }],
} as const;

describe("the hook", () => {
  test("shows why a run is blocked, and accepts it", async () => {
    const run = await api.run();
    const { result } = renderRun(run.runId);
    await waitFor(() => expect(result.current.status).toBe("running"));
    expect(result.current.blocked).toBeUndefined();
    await act(() => run.block("its code has changed"));
    await waitFor(() => expect(result.current.status).toBe("blocked"));
    expect(result.current.blocked).toEqual({
      message: "its code has changed",
      divergence: null,
      error: null,
    });
    await act(() => result.current.accept());
    await waitFor(() => expect(result.current.status).toBe("queued"));
    expect(result.current.blocked).toBeUndefined();
    await act(async () => (await api.take()).complete({ title: "Alders" }));
    await waitFor(() => expect(result.current.status).toBe("completed"));
    let refused: unknown;
    await act(async () => void (await result.current.accept().catch((error: unknown) => (refused = error))));
    expect(refused).toMatchObject({ code: "run_not_blocked" });
    expect(result.current.connectionError).toBe(refused);
  });

  test("shows what was executed again", async () => {
    const run = await api.run();
    const { result } = renderRun(run.runId);
    await act(() =>
      run.say({ type: "run.diverged", divergence: { ...divergence, diff: [...divergence.diff] } }),
    );
    await waitFor(() => expect(result.current.diverged).toEqual([divergence]));
    expect(result.current.status).toBe("running");
  });

  test("retries a run that failed, reads on, and tells each of its ends", async () => {
    const run = await api.run();
    const endings: string[] = [];
    const { result } = renderRun(run.runId, ({ status }) => endings.push(status));
    await act(() => run.fail("no"));
    await waitFor(() => expect(result.current).toMatchObject({ status: "failed", connection: "closed" }));
    expect(endings).toEqual(["failed"]);
    await act(() => result.current.retry());
    expect(result.current).toMatchObject({ status: "queued", error: undefined, connection: "open" });
    await act(async () => (await api.take()).fail("again"));
    await waitFor(() => expect(result.current.error?.message).toBe("again"));
    await act(() => result.current.retry());
    await act(async () => (await api.take()).complete({ title: "Alders" }));
    await waitFor(() => expect(result.current.status).toBe("completed"));
    expect(endings).toEqual(["failed", "failed", "completed"]);
    expect(result.current.connection).toBe("closed");
    expect(api.streamsOpen()).toBe(0);
  });

  test("without a run there is nothing to steer", async () => {
    const { result } = renderHook(() => useWorkflowRun<typeof Article>("article", { client }));
    for (const how of ["accept", "retry"] as const) {
      let refused: unknown;
      await act(async () => void (await result.current[how]().catch((error: unknown) => (refused = error))));
      expect(refused).toMatchObject({ code: "no_run" });
    }
    expect(result.current).toMatchObject({ blocked: undefined, diverged: [] });
  });
});

describe("the handle", () => {
  test("a retry resolves once the old end is not shown any more: the result is the new one", async () => {
    const run = await api.run();
    const handle = client.run(run.runId);
    await run.fail("no");
    await expect(handle.result()).rejects.toMatchObject({ code: "run_failed" });
    await handle.retry();
    const result = handle.result();
    await (await api.take()).complete({ title: "Alders" });
    expect(await result).toEqual({ title: "Alders" });
  });

  test("a run that nobody has looked at yet is retried", async () => {
    const run = await api.run();
    await run.fail("no");
    const handle = client.run(run.runId);
    await handle.retry();
    expect(handle.getSnapshot().view).toMatchObject({ status: "queued", error: null });
    await (await api.take()).complete("done");
    expect(await handle.result()).toBe("done");
  });

  test("many on one page read on over one connection", async () => {
    const run = await api.run();
    const seen: string[] = [];
    const leave = [1, 2].map(() => client.run(run.runId).onEvent(({ type }) => seen.push(type)));
    await waitFor(() => expect(client.run(run.runId).getSnapshot().view.status).toBe("running"));
    await run.fail("no");
    await waitFor(() => expect(seen.filter((type) => type === "run.failed")).toHaveLength(2));
    const opened = api.streamsOpened();
    await client.run(run.runId).retry();
    await (await api.take()).complete(null);
    await waitFor(() => expect(seen.filter((type) => type === "run.completed")).toHaveLength(2));
    expect(api.streamsOpened()).toBe(opened + 1);
    for (const each of leave) each();
  });
});
