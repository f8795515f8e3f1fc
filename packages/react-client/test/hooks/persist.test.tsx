// Where the id of a run outlives the page.
import { dispatch, resetPage } from "../support/page.ts";
import { createClient, useWorkflowRun, type Client, type Persist } from "@alder/react-client";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Article } from "../support/article.ts";
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

const renderRun = (persist: Persist | undefined, runId?: string) =>
  renderHook((changed: { runId?: string | undefined }) =>
    useWorkflowRun<typeof Article>("article", { client, persist, runId, ...changed }),
  );

function memoryStorage(): Storage {
  const entries = new Map<string, string>();
  const storage = {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
  return storage as Storage;
}

const own = memoryStorage();
const places: [string, Persist, () => string | null][] = [
  ["the address", "url", () => new URLSearchParams(location.search).get("run")],
  ["a parameter of its own", { url: "article" }, () => new URLSearchParams(location.search).get("article")],
  ["the session", "session", () => sessionStorage.getItem("alder:article")],
  ["local storage", "local", () => localStorage.getItem("alder:article")],
  ["a storage given", own, () => own.getItem("alder:article")],
];

describe.each(places)("in %s", (_, persist, read) => {
  test("a run is found again after a refresh, until it is let go of", async () => {
    const before = renderRun(persist);
    expect(before.result.current.status).toBe("idle");
    await act(() => before.result.current.start({ topic: "alders" }));
    const { runId } = before.result.current;
    expect(runId).toBeTypeOf("string");
    expect(read()).toBe(runId);
    before.unmount();

    // A page that was loaded anew knows nothing but what was kept.
    client = createClient({ url: api.url });
    const { result } = renderRun(persist);
    expect(result.current.runId).toBe(runId);
    await waitFor(() => expect(result.current.input).toEqual({ topic: "alders" }));
    act(() => result.current.reset());
    expect(result.current).toMatchObject({ runId: undefined, status: "idle" });
    expect(read()).toBeNull();
  });

  test("hooks that share it hear of each other", async () => {
    const one = renderRun(persist);
    const other = renderRun(persist);
    await act(() => one.result.current.start({ topic: "alders" }));
    expect(other.result.current.runId).toBe(one.result.current.runId);
    act(() => other.result.current.reset());
    expect(one.result.current.runId).toBeUndefined();
  });
});

describe("the address", () => {
  test("keeps what else is in it, and the page's place in the history", async () => {
    history.replaceState({ router: 7 }, "", "/article?tab=2#end");
    const { length } = history;
    const { result } = renderRun("url");
    await act(() => result.current.start({ topic: "alders" }));
    expect(location.search).toBe(`?tab=2&run=${result.current.runId}`);
    expect(location.hash).toBe("#end");
    expect(history.state).toEqual({ router: 7 });
    expect(history.length).toBe(length);
  });

  test("is followed back and forth", async () => {
    const run = await api.run();
    const { result } = renderRun("url");
    history.replaceState(null, "", `/article?run=${run.runId}`);
    act(() => dispatch("popstate"));
    expect(result.current.runId).toBe(run.runId);
  });

  test("of a run that does not exist says so", async () => {
    history.replaceState(null, "", "/article?run=nobody");
    const { result } = renderRun("url");
    await waitFor(() => expect(result.current.connection).toBe("failed"));
    expect(result.current.connectionError?.code).toBe("unknown_run");
  });
});

describe("a run id that is given", () => {
  test("goes before what is kept, until another run takes its place", async () => {
    history.replaceState(null, "", "/article?run=kept");
    const [one, two] = [await api.run(), await api.run()];
    const { result, rerender } = renderRun("url", one.runId);
    expect(result.current.runId).toBe(one.runId);
    await act(() => result.current.start({ topic: "alders" }));
    expect(result.current.runId).not.toBe(one.runId);
    expect(new URLSearchParams(location.search).get("run")).toBe(result.current.runId);
    rerender({ runId: two.runId });
    expect(result.current.runId).toBe(two.runId);
    act(() => result.current.reset());
    expect(result.current.runId).toBeUndefined();
  });
});

test("a storage that is full or forbidden is as good as none", async () => {
  const broken = {
    getItem: () => {
      throw new Error("forbidden");
    },
    setItem: () => {
      throw new Error("full");
    },
    removeItem: () => {
      throw new Error("forbidden");
    },
  };
  const { result } = renderRun(broken);
  await act(() => result.current.start({ topic: "alders" }));
  expect(result.current.runId).toBeTypeOf("string");
  act(() => result.current.reset());
  expect(result.current.runId).toBeUndefined();
});

test("another tab changes nothing here", async () => {
  const { result, rerender } = renderRun("local");
  await act(() => result.current.start({ topic: "alders" }));
  const { runId } = result.current;
  localStorage.setItem("alder:article", "another");
  rerender({});
  expect(result.current.runId).toBe(runId);
});
