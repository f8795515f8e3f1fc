// More hooks than a client keeps runs that nobody looks at: looking makes and forgets nothing.
import { resetPage } from "../support/page.ts";
import { emptyView, foldAll } from "@alder/core/protocol";
import { createClient, useWorkflowRun, type Client, type WorkflowRun } from "@alder/react-client";
import { act, cleanup, render, renderHook, waitFor } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Article } from "../support/article.ts";
import { queued, running, stamp, status } from "../support/events.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";
import {
  createScriptedStreams,
  settle,
  snapshotFrame,
  type ScriptedStreams,
} from "../support/scripted-streams.ts";

const ids = Array.from({ length: 30 }, (_, index) => `r${index}`);
const view = foldAll(emptyView("r"), stamp([queued, running, status("one")]));

let clock: TestClock;
let streams: ScriptedStreams;
let client: Client;

beforeEach(() => {
  resetPage();
  clock = createTestClock();
  streams = createScriptedStreams();
  client = createClient({ url: "http://api.test", fetch: streams.fetch, clock });
});

afterEach(cleanup);

const runs = new Map<string, WorkflowRun<typeof Article>>();

function Reader({ runId, enabled }: { runId: string; enabled: boolean }): ReactElement {
  const run = useWorkflowRun<typeof Article>("article", { client, runId, enabled });
  runs.set(runId, run);
  return <p>{`${run.connection} ${run.status} ${run.message ?? "nothing"}`}</p>;
}

const page = (enabled: boolean): ReactElement => (
  <>
    {ids.map((runId) => (
      <Reader key={runId} runId={runId} enabled={enabled} />
    ))}
  </>
);

test("thirty disabled hooks render, and connect when they may", () => {
  const { container, rerender } = render(page(false));
  expect(container.textContent).toBe("idle queued nothing".repeat(30));
  expect(streams.opened).toHaveLength(0);
  rerender(page(true));
  expect(streams.opened).toHaveLength(30);
});

test("thirty that were disconnected go on to show what they had read, and go on from there", async () => {
  const { container, rerender } = render(page(true));
  for (const [index, runId] of ids.entries()) {
    streams.opened[index]!.accept();
    streams.opened[index]!.frame(snapshotFrame({ ...view, runId }));
  }
  await waitFor(() => expect(container.textContent).toBe("open running one".repeat(30)));
  act(() => {
    for (const runId of ids) runs.get(runId)!.disconnect();
  });
  await act(async () => {
    clock.advance(1000);
    await settle();
  });
  expect(streams.open()).toBe(0);
  // Rendered anew, each asks for its state again.
  rerender(page(false));
  expect(container.textContent).toBe("idle running one".repeat(30));
  renderHook(() => useWorkflowRun<typeof Article>("article", { client, runId: "r0" }));
  expect(streams.last().path).toContain("r0/events?");
});

test("looking at a state makes and forgets nothing", async () => {
  const kept = client.run("kept");
  const leave = kept.subscribe(() => {});
  streams.last().accept();
  streams.last().frame(snapshotFrame({ ...view, runId: "kept" }));
  await settle();
  leave();
  clock.advance(1000);
  for (const runId of ids) {
    const handle = client.run(runId);
    expect(handle.getSnapshot()).toBe(handle.getSnapshot());
  }
  expect(client.run("kept").getSnapshot().view.message).toBe("one");
});

test("a handle that comes back to a run that was forgotten goes on where it was", async () => {
  const read = async (runId: string) => {
    const handle = client.run(runId);
    const leave = handle.subscribe(() => {});
    streams.last().accept();
    streams.last().frame(snapshotFrame({ ...view, runId }));
    await settle();
    leave();
    clock.advance(1000);
    return handle;
  };
  const first = await read("first");
  for (const runId of ids) await read(runId);
  expect(client.run("first").getSnapshot().view.seq).toBe(0);
  expect(first.getSnapshot().view.message).toBe("one");
  first.subscribe(() => {});
  expect(streams.last().path).toContain("first/events?after=3-1");
  expect(client.run("first").getSnapshot().view.message).toBe("one");
});
