// What the hook gives with a start arrives at the run, over a real server.
import { resetPage } from "../support/page.ts";
import { createClient, useWorkflowRun } from "@alder/react-client";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Article } from "../support/article.ts";
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

test("tenant, tags, metadata and priority", async () => {
  const client = createClient({ url: api.url });
  const { result } = renderHook(() => useWorkflowRun<typeof Article>("article", { client }));
  const given = { tenant: "Müller", tags: ["grün", "a,b"], metadata: { city: "Köln" }, priority: 7 };
  const runId = await act(() => result.current.start({ topic: "alders" }, given));
  expect(await api.store.readRun(runId)).toMatchObject(given);
  expect((await api.take()).claim.tenant).toBe("Müller");
});

test("what the server refuses is told", async () => {
  const client = createClient({ url: api.url });
  const { result } = renderHook(() => useWorkflowRun<typeof Article>("article", { client }));
  const start = (): Promise<unknown> => result.current.start({ topic: "alders" }, { priority: 1000 });
  await act(() =>
    expect(start()).rejects.toMatchObject({ code: "bad_start", details: { option: "priority" } }),
  );
  expect(result.current.connectionError).toMatchObject({ code: "bad_start" });
});
