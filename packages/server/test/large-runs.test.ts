// Runs that are too large to be shown, or read, at once.
import { emptyView, foldAll, parseCursor, type RunEvent } from "@alder/core/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HandRun } from "../../core/test/client/hand-worker.ts";
import { createApi, problemOf, transports, type Api } from "./harness.ts";
import { parseFrames } from "./sse.ts";

const OUTPUTS = 36;

describe.each(transports)("a run with more output than a view may have %s", (transport) => {
  let api: Api;
  let run: HandRun;
  beforeEach(async () => {
    api = await createApi(transport);
    run = await api.run();
    for (let index = 0; index < OUTPUTS; index += 1) {
      await run.say({ type: "object", name: `part ${index}`, value: "x".repeat(1_000_000), step: null });
    }
    await run.complete("done");
  });
  afterEach(() => api.close());

  test("is shown by a problem that says what to do", async () => {
    const problem = await problemOf(api.request(`/runs/${run.runId}`));
    expect(problem).toMatchObject({ status: 413, code: "view_too_large", runId: run.runId });
    expect(problem.detail).toContain("/events");
  });

  test("is streamed from its start where a snapshot was asked for", async () => {
    const headers = { accept: "text/event-stream" };
    const response = await api.request(`/runs/${run.runId}/events?snapshot=1`, { headers });
    const frames = parseFrames(await response.text());
    expect(frames.map(({ data }) => "seq" in data && data.seq)).toEqual(
      Array.from({ length: OUTPUTS + 3 }, (_, index) => index + 1),
    );
  });

  test("is read in pages of about 1 MiB", async () => {
    let view = emptyView(run.runId);
    while (view.status !== "completed") {
      const response = await api.request(`/runs/${run.runId}/events?limit=5000&after=${view.cursor}`);
      const text = await response.text();
      expect(text.length).toBeLessThan(1024 * 1024 + 1000);
      const { events, cursor } = JSON.parse(text) as { events: RunEvent[]; cursor: string };
      expect(events.at(-1)).toMatchObject(parseCursor(cursor));
      view = foldAll(view, events);
    }
    expect(Object.keys(view.objects)).toHaveLength(OUTPUTS);
  });

  test("that was started to be waited for is answered all the same", async () => {
    const headers = { "idempotency-key": "k", prefer: "wait=60" };
    const started = await (
      await api.post("/workflows/article/runs", { topic: "a" }, { "idempotency-key": "k" })
    ).json();
    const hand = await api.worker.take();
    for (let index = 0; index < OUTPUTS; index += 1) {
      await hand.say({ type: "object", name: `part ${index}`, value: "x".repeat(1_000_000), step: null });
    }
    await hand.complete("done");
    const response = await api.post("/workflows/article/runs", { topic: "a" }, headers);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ runId: started.runId, status: "completed" });
  });
});
