// A start that has no answer yet: overtaken, reset, refused, or asked for by a component that is gone.
import { resetPage } from "../support/page.ts";
import {
  createClient,
  useWorkflowRun,
  type Client,
  type Persist,
  type WorkflowRunOptions,
} from "@alder/react-client";
import { act, cleanup, renderHook } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Article } from "../support/article.ts";
import { createScriptedStreams } from "../support/scripted-streams.ts";

interface Start {
  readonly topic: string;
  accept(): Promise<void>;
  refuse(): Promise<void>;
}

let starts: Start[];
let client: Client;

beforeEach(() => {
  resetPage();
  starts = [];
  const streams = createScriptedStreams();
  client = createClient({
    url: "http://api.test",
    fetch: (url, init) => {
      if (init?.method !== "POST") return streams.fetch(url, init);
      const { topic } = JSON.parse(init.body as string) as { topic: string };
      const { promise, resolve } = withResolvers<Response>();
      const answer = (response: Response): Promise<void> =>
        act(async () => {
          resolve(response);
          await new Promise(setImmediate);
        });
      starts.push({
        topic,
        accept: () =>
          answer(Response.json({ runId: topic, status: "queued", cursor: "1-1" }, { status: 202 })),
        refuse: () =>
          answer(Response.json({ code: "invalid_input", detail: `No ${topic}.` }, { status: 422 })),
      });
      return promise;
    },
  });
});

afterEach(cleanup);

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((given) => void (resolve = given));
  return { promise, resolve };
}

const renderRun = (options: WorkflowRunOptions<typeof Article> = {}) =>
  renderHook(() => useWorkflowRun<typeof Article>("article", { client, ...options }), {
    wrapper: StrictMode,
  });

type Rendered = ReturnType<typeof renderRun>["result"];

async function start({ current }: Rendered, topic: string): Promise<Start> {
  await act(async () => {
    void current.start({ topic });
    await new Promise(setImmediate);
  });
  return starts.at(-1)!;
}

describe("isStarting", () => {
  test("is true from the call to the answer, whatever it is", async () => {
    const renders: string[] = [];
    const { result } = renderHook(() => {
      const run = useWorkflowRun<typeof Article>("article", { client });
      renders.push(`${run.runId ?? "none"} ${run.isStarting}`);
      return run;
    });
    expect(result.current.isStarting).toBe(false);
    const refused = await start(result, "one");
    expect(result.current).toMatchObject({ isStarting: true, status: "idle" });
    await refused.refuse();
    expect(result.current.isStarting).toBe(false);
    const taken = await start(result, "two");
    expect(result.current.isStarting).toBe(true);
    renders.length = 0;
    await taken.accept();
    expect(result.current).toMatchObject({ isStarting: false, status: "queued", runId: "two" });
    // Never a run that is there and not there.
    expect(renders).not.toContain("two true");
    expect(renders).not.toContain("none false");
  });

  test("is that of the newest start, and over with a reset", async () => {
    const { result } = renderRun();
    const one = await start(result, "one");
    const two = await start(result, "two");
    await one.accept();
    expect(result.current).toMatchObject({ isStarting: true, runId: undefined });
    await two.accept();
    expect(result.current).toMatchObject({ isStarting: false, runId: "two" });
    await start(result, "three");
    act(() => result.current.reset());
    expect(result.current.isStarting).toBe(false);
  });
});

describe("a start that was overtaken or let go of", () => {
  const onError = vi.fn<(error: unknown) => void>();
  beforeEach(() => void onError.mockReset());

  test("by another: its refusal is nobody's", async () => {
    const { result } = renderRun({ onError });
    const one = await start(result, "one");
    const two = await start(result, "two");
    await two.accept();
    await one.refuse();
    expect(result.current).toMatchObject({ runId: "two", connectionError: undefined });
    expect(onError).not.toHaveBeenCalled();
  });

  test("by a reset: its refusal is nobody's, but whoever awaits it hears of it", async () => {
    const { result } = renderRun({ onError });
    let refusal: unknown;
    act(() => void result.current.start({ topic: "one" }).catch((error: unknown) => void (refusal = error)));
    await act(() => new Promise(setImmediate));
    act(() => result.current.reset());
    await starts[0]!.refuse();
    expect(result.current.connectionError).toBeUndefined();
    expect(onError).not.toHaveBeenCalled();
    expect(refusal).toMatchObject({ code: "invalid_input" });
  });

  test("does not take back what was said of the newer one", async () => {
    const { result } = renderRun({ onError });
    const one = await start(result, "one");
    const two = await start(result, "two");
    await two.refuse();
    await one.accept();
    expect(result.current).toMatchObject({ runId: undefined, connectionError: { message: "No two." } });
    expect(onError).toHaveBeenCalledOnce();
  });

  test("an onError that throws is reported, and does not take the place of the refusal", async () => {
    const report = vi.fn<(error: unknown) => void>();
    vi.stubGlobal("reportError", report);
    const mistake = new Error("of the page");
    onError.mockImplementation(() => {
      throw mistake;
    });
    const { result } = renderRun({ onError });
    let refusal: unknown;
    act(() => void result.current.start({ topic: "one" }).catch((error: unknown) => void (refusal = error)));
    await act(() => new Promise(setImmediate));
    await starts[0]!.refuse();
    vi.unstubAllGlobals();
    expect(refusal).toMatchObject({ code: "invalid_input" });
    expect(report).toHaveBeenCalledExactlyOnceWith(mistake);
  });
});

describe("a component that is gone before the answer", () => {
  const places: [string, Persist][] = [
    ["the address", "url"],
    ["local storage", "local"],
  ];
  test.each(places)("leaves its run in %s for who comes back", async (_, persist) => {
    const before = renderRun({ persist });
    const one = await start(before.result, "one");
    before.unmount();
    await one.accept();
    expect(renderRun({ persist }).result.current.runId).toBe("one");
  });

  test.each(places)("shows it to who came back already, in %s", async (_, persist) => {
    const before = renderRun({ persist });
    const one = await start(before.result, "one");
    before.unmount();
    const { result } = renderRun({ persist });
    expect(result.current.runId).toBeUndefined();
    await one.accept();
    expect(result.current.runId).toBe("one");
  });

  test.each(places)("leaves nothing in %s after a newer start or a reset", async (_, persist) => {
    const before = renderRun({ persist });
    const one = await start(before.result, "one");
    before.unmount();
    const { result } = renderRun({ persist });
    const two = await start(result, "two");
    await two.accept();
    await one.accept();
    expect(result.current.runId).toBe("two");

    const three = await start(result, "three");
    act(() => result.current.reset());
    await three.accept();
    expect(result.current.runId).toBeUndefined();
  });

  test("writes nothing into the address of another page", async () => {
    const before = renderRun({ persist: "url" });
    const one = await start(before.result, "one");
    before.unmount();
    history.pushState(null, "", "/elsewhere?tab=1");
    await one.accept();
    expect(location.href).toBe("http://page.test/elsewhere?tab=1");
  });
});
