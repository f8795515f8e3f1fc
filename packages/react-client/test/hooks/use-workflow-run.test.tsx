// The hook against a real server over a socket.
import { resetPage } from "../support/page.ts";
import { timeLeft, type EventBody } from "@alder/core/protocol";
import { createClient, useWorkflowRun, type Client } from "@alder/react-client";
import { act, cleanup, fireEvent, render, renderHook, screen, waitFor } from "@testing-library/react";
import { StrictMode, type ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HandRun } from "../../../core/test/client/hand-worker.ts";
import { writing } from "../../../core/test/client/hand-worker.ts";
import { articleEvents } from "../support/article-run.ts";
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

type Options = Parameters<typeof useWorkflowRun<typeof Article>>[1];

function renderRun(options: Options = {}) {
  return renderHook((changed: Options) =>
    useWorkflowRun<typeof Article>("article", { client, ...options, ...changed }),
  );
}

async function say(run: HandRun, ...events: EventBody[]): Promise<void> {
  await act(() => run.say(...events));
}

describe("a run that is started here", () => {
  test("is shown from its first event to its output", async () => {
    const { result } = renderRun();
    expect(result.current).toMatchObject({
      status: "idle",
      connection: "idle",
      runId: undefined,
      usage: { inputTokens: 0, outputTokens: 0, cost: 0 },
      budget: undefined,
      steps: [],
      inputs: [],
    });
    expect(result.current.text("Draft")).toBe("");
    let runId: string | undefined;
    await act(async () => void (runId = await result.current.start({ topic: "alders" })));
    expect(result.current).toMatchObject({ runId, status: "queued" });
    await waitFor(() => expect(result.current.input).toEqual({ topic: "alders" }));
    expect(result.current.connection).toBe("open");

    const run = await api.take();
    await say(
      run,
      { type: "status", message: "Writing", step: null },
      ...writing("d", ["Alders ", "grow"]).slice(0, 3),
    );
    await waitFor(() => expect(result.current.text("Draft")).toBe("Alders grow"));
    expect(result.current).toMatchObject({
      status: "running",
      message: "Writing",
      progress: { value: 0, max: undefined },
      eta: undefined,
    });
    expect(result.current.steps.map(({ name, status }) => `${name} ${status}`)).toEqual(["Draft running"]);

    await say(
      run,
      { type: "progress", value: 1, max: 2, step: null },
      { type: "estimate", remainingMs: 5000, leastMs: 4000, mostMs: 6000, runs: 3, waits: false },
      { type: "usage", step: "d", inputTokens: 900, outputTokens: 100, cost: 0.5 },
      { type: "budget.warning", step: null, unit: "cost", used: 0.5, budget: 0.6 },
      { type: "object", name: "outline", value: ["a"], step: null },
    );
    await waitFor(() => expect(result.current.object("outline")).toEqual(["a"]));
    expect(result.current.eta).toMatchObject({ runs: 3 });
    expect(result.current.usage).toEqual({ inputTokens: 900, outputTokens: 100, cost: 0.5 });
    expect(result.current.budget).toMatchObject({ unit: "cost", used: 0.5, budget: 0.6 });
    expect(timeLeft(result.current, result.current.eta!.endsAt - 5000)).toMatchObject({ expectedMs: 5000 });
    expect(result.current.progress).toEqual({ value: 1, max: 2 });
    // @ts-expect-error only what the workflow declares
    const inherited: unknown = result.current.object("toString");
    expect(inherited).toBeUndefined();

    await act(() => run.complete({ title: "Alders" }));
    await waitFor(() => expect(result.current.status).toBe("completed"));
    expect(result.current).toMatchObject({
      output: { title: "Alders" },
      connection: "closed",
      error: undefined,
    });
    expect(result.current.connectionError).toBeUndefined();
  });

  test("that fails, fails as the run did, and the connection with it not at all", async () => {
    const { result } = renderRun();
    await act(() => result.current.start({ topic: "alders" }));
    const run = await api.take();
    await act(() => run.fail("no such topic"));
    await waitFor(() => expect(result.current.status).toBe("failed"));
    expect(result.current.error).toMatchObject({ message: "no such topic" });
    expect(result.current).toMatchObject({
      connection: "closed",
      connectionError: undefined,
      output: undefined,
    });
  });

  test("is refused with an input that is wrong, and says so", async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const { result } = renderRun({ onError });
    let error: unknown;
    await act(async () => {
      // @ts-expect-error no topic
      error = await result.current.start({}).catch((refused: unknown) => refused);
    });
    expect(error).toMatchObject({ code: "invalid_input", details: { status: 422 } });
    expect(result.current).toMatchObject({ status: "idle", connectionError: { code: "invalid_input" } });
    expect(onError).toHaveBeenCalledExactlyOnceWith(error);
    // Event handlers don't await: that must not be an unhandled rejection.
    // @ts-expect-error no topic
    act(() => void result.current.start({}));
    await waitFor(() => expect(onError).toHaveBeenCalledTimes(2));
    await act(() => result.current.start({ topic: "alders" }));
    expect(result.current.connectionError).toBeUndefined();
  });

  test("replaces the one there was", async () => {
    const { result } = renderRun();
    await act(() => result.current.start({ topic: "one" }));
    const first = result.current.runId;
    await act(() => result.current.start({ topic: "two" }));
    expect(result.current.runId).not.toBe(first);
    await waitFor(() => expect(result.current.input).toEqual({ topic: "two" }));
    // The first goes on without anybody looking on.
    await waitFor(() => expect(api.streamsOpen()).toBe(1));
  });

  test("that was let go of before it was there stays let go of", async () => {
    const { result } = renderRun();
    await act(async () => {
      const starting = result.current.start({ topic: "one" });
      result.current.reset();
      await starting;
    });
    expect(result.current.runId).toBeUndefined();
  });
});

describe("steering", () => {
  test("answers the input that waits", async () => {
    const { result } = renderRun();
    await act(() => result.current.start({ topic: "alders" }));
    const run = await api.take();
    await say(run, { type: "input.requested", step: "w", name: "review" });
    await waitFor(() => expect(result.current.inputs).toHaveLength(1));
    const [input] = result.current.inputs;
    if (input?.name !== "review") throw new Error("The review does not wait.");
    await act(() => input.respond({ approved: true }));
    const signals = await api.store.readSignals(run.runId, 0);
    expect(signals).toMatchObject([{ name: "review", payload: { approved: true }, input: "w" }]);
  });

  test("sends signals and cancels", async () => {
    const { result } = renderRun();
    await act(() => expect(result.current.cancel()).rejects.toMatchObject({ code: "no_run" }));
    await act(() => result.current.start({ topic: "alders" }));
    const run = await api.take();
    await act(() => result.current.signal("review", { approved: false }, { id: "mine" }));
    expect(await api.store.readSignals(run.runId, 0)).toMatchObject([{ id: "mine", input: null }]);
    await act(() => result.current.cancel());
    expect((await api.store.readRun(run.runId))?.cancelRequested).toBe(true);
    await act(() => run.complete(null).catch(() => {}));
  });

  test("functions stay the same from render to render", async () => {
    const { result, rerender } = renderRun();
    const { start, signal, cancel, reset } = result.current;
    const first = result.current;
    rerender({});
    expect(result.current).toBe(first);
    await act(() => result.current.start({ topic: "alders" }));
    expect(result.current).toMatchObject({ start, signal, cancel, reset });
  });
});

describe("one connection", () => {
  function Reader({ runId, index }: { runId: string; index: number }): ReactElement {
    const run = useWorkflowRun<typeof Article>("article", { client, runId });
    return <p data-testid={index}>{run.text("Draft")}</p>;
  }

  test("ten consumers in StrictMode open one stream", async () => {
    const run = await api.run();
    const readers = Array.from({ length: 10 }, (_, index) => (
      <Reader key={index} runId={run.runId} index={index} />
    ));
    const { unmount } = render(<StrictMode>{readers}</StrictMode>);
    await say(run, ...writing("d", ["Alders ", "grow"]));
    await waitFor(() => {
      for (let index = 0; index < 10; index++)
        expect(screen.getByTestId(String(index)).textContent).toBe("Alders grow");
    });
    expect(api.streamsOpened()).toBe(1);
    unmount();
    await waitFor(() => expect(api.streamsOpen()).toBe(0));
    // A reader that leaves changes nothing for the run.
    await run.complete("done");
    expect((await api.store.readRun(run.runId))?.status).toBe("completed");
  });

  test("disconnect is this hook's alone", async () => {
    const run = await api.run();
    const one = renderRun({ runId: run.runId });
    const other = renderRun({ runId: run.runId });
    await waitFor(() => expect(other.result.current.connection).toBe("open"));
    act(() => one.result.current.disconnect());
    expect(one.result.current.connection).toBe("closed");
    await say(run, { type: "status", message: "on", step: null });
    await waitFor(() => expect(other.result.current.message).toBe("on"));
    act(() => other.result.current.disconnect());
    await waitFor(() => expect(api.streamsOpen()).toBe(0));
    expect(api.streamsOpened()).toBe(1);
  });

  test("disabled, nothing is asked", async () => {
    const run = await api.run();
    const { result, rerender } = renderRun({ runId: run.runId, enabled: false });
    expect(result.current).toMatchObject({ connection: "idle", runId: run.runId });
    expect(api.streamsOpened()).toBe(0);
    rerender({ enabled: true });
    await waitFor(() => expect(result.current.status).toBe("running"));
  });
});

test("everything a run may say arrives whole", async () => {
  const run = await api.run();
  await run.say(...articleEvents.slice(0, 15));
  const { result } = renderRun({ runId: run.runId });
  await waitFor(() =>
    expect(result.current.object("outline")).toEqual({ title: "Alders", headings: ["Roots", "Leaves"] }),
  );
  await say(run, ...articleEvents.slice(15));
  await act(() => run.complete("done"));
  await waitFor(() => expect(result.current.status).toBe("completed"));
  expect(result.current.text("Draft", { key: "Roots" })).toBe("Roots fix nitrogen. Æther\r\n");
});

test("rendered in a page, a click starts it and the page shows it", async () => {
  function Page(): ReactElement {
    const run = useWorkflowRun<typeof Article>("article", { client });
    return (
      <>
        <button onClick={() => void run.start({ topic: "alders" })}>Write</button>
        <p>{run.message}</p>
        <progress value={run.progress.value} max={run.progress.max} />
      </>
    );
  }
  render(<Page />);
  await act(async () => void fireEvent.click(screen.getByText("Write")));
  const run = await waitFor(() => api.take());
  await say(run, { type: "status", message: "Growing", step: null });
  await waitFor(() => expect(screen.getByText("Growing")).toBeTruthy());
});
