import { emptyView, foldAll, toCursor, type RunEvent, type RunView } from "@alder/core/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { typesOf, writing, type HandRun } from "../../core/test/client/hand-worker.ts";
import { createApi, problemOf, transports, type Api } from "./harness.ts";
import { parseFrames, parseLines, readUntil } from "./sse.ts";

const sse = { accept: "text/event-stream" };
const ndjson = { accept: "application/x-ndjson" };

describe.each(transports)("streams %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(async () => {
    await watchesAreGone(api);
    await api.close();
  });

  /** A run with a story, and its events. */
  async function finishedRun(): Promise<{ runId: string; events: RunEvent[] }> {
    const run = await api.run();
    await run.say({ type: "status", message: "Writing — “ünïcode” 🌳", step: null });
    await run.say(...writing("s1", ["Al", "ders\n", "\r\nstand", "🌊"]));
    await run.complete({ title: "Alders" });
    return { runId: run.runId, events: await eventsOf(run.runId) };
  }

  async function eventsOf(runId: string): Promise<RunEvent[]> {
    const { events } = await (await api.request(`/runs/${runId}/events`)).json();
    return events;
  }

  test("server-sent events are exactly these bytes", async () => {
    const { runId, events } = await finishedRun();
    const response = await api.request(`/runs/${runId}/events`, { headers: sse });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toContain("no-store");
    const bytes = events.map(
      (event) => `id: ${event.seq}-${event.fence}\ndata: ${JSON.stringify(event)}\n\n`,
    );
    expect(await response.text()).toBe(bytes.join(""));
  });

  test("newline-delimited JSON is one event a line", async () => {
    const { runId, events } = await finishedRun();
    const response = await api.request(`/runs/${runId}/events`, { headers: ndjson });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await response.text()).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  });

  test("JSON pages join to the same events", async () => {
    const { runId, events } = await finishedRun();
    const joined: RunEvent[] = [];
    let cursor = "";
    for (;;) {
      const page = await (await api.request(`/runs/${runId}/events?limit=3&after=${cursor}`)).json();
      if (page.events.length === 0) break;
      expect(page.events.length).toBeLessThanOrEqual(3);
      expect(page.cursor).toBe(toCursor(page.events.at(-1)));
      joined.push(...page.events);
      cursor = page.cursor;
    }
    expect(joined).toEqual(events);
    expect(typesOf(joined)).toEqual(
      "run.queued run.started status step.started chunk chunk chunk chunk step.completed run.completed".split(
        " ",
      ),
    );
  });

  test("a page of nothing new keeps the cursor", async () => {
    const { runId, events } = await finishedRun();
    const last = toCursor(events.at(-1)!);
    expect(await (await api.request(`/runs/${runId}/events?after=${last}`)).json()).toEqual({
      events: [],
      cursor: last,
    });
  });

  test("cut after any event and read on, in any format, is the same stream", async () => {
    const { runId, events } = await finishedRun();
    const path = `/runs/${runId}/events`;
    for (const [cut, event] of events.slice(0, -1).entries()) {
      const rest = events.slice(cut + 1);
      const after = toCursor(event);
      const byHeader = await api.request(path, { headers: { ...sse, "last-event-id": after } });
      expect(parseFrames(await byHeader.text()).map(({ data }) => data)).toEqual(rest);
      const byQuery = await api.request(`${path}?after=${after}`, { headers: sse });
      expect(parseFrames(await byQuery.text()).map(({ data }) => data)).toEqual(rest);
      // A browser comes back to the same address: what it has seen counts more than where it began.
      const byBoth = await api.request(`${path}?after=1-0&snapshot=1`, {
        headers: { ...sse, "last-event-id": after },
      });
      expect(parseFrames(await byBoth.text()).map(({ data }) => data)).toEqual(rest);
      const lines = await api.request(`${path}?after=${after}`, { headers: ndjson });
      expect(parseLines(await lines.text())).toEqual(rest);
      const page = await (await api.request(`${path}?after=${after}`)).json();
      expect(page.events).toEqual(rest);
    }
  });

  test("a live stream brings each event as it happens, and ends after the last", async () => {
    const run = await api.run();
    const response = await api.request(`/runs/${run.runId}/events`, { headers: sse });
    const reader = response.body!.getReader();
    let text = await readUntil(reader, (read) => read.includes("run.started"));
    for (const event of writing("s1", ["a", "b", "c"])) {
      await run.say(event);
      const read = await readUntil(reader, (now) => now.endsWith("\n\n"));
      expect(parseFrames(read).map(({ data }) => data.type)).toEqual([event.type]);
      text += read;
    }
    await run.complete(null);
    text += await readUntil(reader, () => false);
    expect(parseFrames(text).map(({ data }) => data)).toEqual(await eventsOf(run.runId));
  });

  describe("with a snapshot", () => {
    test("at every event, it and the rest fold to the whole", async () => {
      const run = await api.run();
      const story = [
        ...writing("s1", ["Al", "ders"]),
        { type: "status", message: "soon", step: null } as const,
      ];
      const readers: { text: Promise<string>; seq: number }[] = [];
      for (const event of story) {
        await run.say(event);
        const response = await api.request(`/runs/${run.runId}/events?snapshot=1`, { headers: sse });
        const seq = (await eventsOf(run.runId)).length;
        readers.push({ text: response.text(), seq });
      }
      await run.complete("done");
      const whole = foldAll(emptyView(run.runId), await eventsOf(run.runId));
      for (const { text, seq } of readers) {
        const frames = parseFrames(await text);
        expect(frames[0]!.id).toMatch(/^\d+-\d+$/);
        const view = viewOf(frames[0]!.data);
        expect(view.seq).toBeGreaterThanOrEqual(seq);
        expect(frames[0]!.id).toBe(view.cursor);
        const folded = foldAll(
          view,
          frames.slice(1).map(({ data }) => data as RunEvent),
        );
        expect(folded).toEqual({ ...plain(whole), workers: { live: 1 } });
      }
    });

    test("of a run that has ended, it is all there is", async () => {
      const { runId } = await finishedRun();
      const response = await api.request(`/runs/${runId}/events?snapshot=1`, { headers: sse });
      const frames = parseFrames(await response.text());
      expect(frames).toHaveLength(1);
      expect(viewOf(frames[0]!.data)).toMatchObject({ status: "completed", workers: { live: 1 } });
      const lines = await api.request(`/runs/${runId}/events?snapshot=1`, { headers: ndjson });
      expect(parseLines(await lines.text())).toEqual([frames[0]!.data]);
    });

    test("it says that no worker is there", async () => {
      await api.worker.leave();
      const { runId } = await (await api.post("/workflows/article/runs", { topic: "a" })).json();
      const response = await api.request(`/runs/${runId}/events?snapshot=1`, { headers: sse });
      const reader = response.body!.getReader();
      const [frame] = parseFrames(await readUntil(reader, (text) => text.endsWith("\n\n")));
      expect(viewOf(frame!.data).workers).toEqual({ live: 0, notice: expect.any(String) });
      await reader.cancel();
      await watchesAreGone(api);
    });
  });

  describe("a cursor that does not exist", () => {
    test.each(["99-0", "2-77", "1-1"])("%s is answered with reset, and the stream ends", async (cursor) => {
      const run = await api.run();
      const path = `/runs/${run.runId}/events`;
      for (const request of [
        api.request(`${path}?after=${cursor}`, { headers: sse }),
        api.request(path, { headers: { ...sse, "last-event-id": cursor } }),
      ]) {
        const response = await request;
        expect(response.status).toBe(200);
        // The empty id makes an EventSource forget its cursor, so that it comes back for all.
        expect(await response.text()).toBe(`id: \ndata: {"type":"reset"}\n\n`);
      }
      const lines = await api.request(`${path}?after=${cursor}`, { headers: ndjson });
      expect(await lines.text()).toBe(`{"type":"reset"}\n`);
      const page = await api.request(`${path}?after=${cursor}`);
      expect(page.status).toBe(410);
      expect(await problemOf(page)).toMatchObject({ code: "reset", cursor });
      const waiting = await api.request(`${path}?wait=30&after=${cursor}`);
      expect((await problemOf(waiting)).code).toBe("reset");
    });
  });

  test("an EventSource that comes back after the end is told to stay away", async () => {
    const { runId, events } = await finishedRun();
    const headers = { ...sse, "last-event-id": toCursor(events.at(-1)!) };
    const response = await api.request(`/runs/${runId}/events`, { headers });
    expect(response.status).toBe(204);
  });

  describe("a long poll", () => {
    const poll = async (run: HandRun, after: string, wait = 30) =>
      (await api.request(`/runs/${run.runId}/events?after=${after}&wait=${wait}`)).json();

    test("answers at once with what is there", async () => {
      const run = await api.run();
      expect(typesOf((await poll(run, "1-0")).events)).toEqual(["run.started"]);
    });

    test("waits for what comes", async () => {
      const run = await api.run();
      const { cursor } = await poll(run, "1-0");
      const polled = poll(run, cursor);
      await untilWatched(api);
      await run.say({ type: "status", message: "on it", step: null });
      const page = await polled;
      expect(typesOf(page.events)).toEqual(["status"]);
      expect(page.cursor).toBe(toCursor(page.events[0]));
    });

    test("answers with nothing when the time is over", async () => {
      await api.close();
      api = await createApi(transport, { waitLimitSeconds: 0.01 });
      const run = await api.run();
      const { cursor } = await poll(run, "1-0");
      expect(await poll(run, cursor, 30)).toEqual({ events: [], cursor });
    });

    test("does not wait for a run that has ended", async () => {
      const { runId, events } = await finishedRun();
      const cursor = toCursor(events.at(-1)!);
      const response = await api.request(`/runs/${runId}/events?after=${cursor}&wait=30`);
      expect(await response.json()).toEqual({ events: [], cursor });
    });
  });
});

test("a silent stream says that it is alive", async () => {
  const api = await createApi("over a socket", { pingMs: 5 });
  const run = await api.run();
  const response = await api.request(`/runs/${run.runId}/events`, { headers: sse });
  const reader = response.body!.getReader();
  const text = await readUntil(reader, (read) => read.includes(": ping\n\n: ping\n\n"));
  expect(parseFrames(text)).toHaveLength(2);
  await run.complete(null);
  const rest = await readUntil(reader, () => false);
  expect(parseFrames(rest).at(-1)!.data.type).toBe("run.completed");

  const lines = await api.request(`/runs/${run.runId}/events`, { headers: ndjson });
  expect(await lines.text()).not.toContain("ping");
  await api.close();
});

function viewOf(data: ReturnType<typeof parseFrames>[number]["data"]): RunView & { workers: unknown } {
  if (data.type !== "snapshot") throw new Error(`"${data.type}" is no snapshot.`);
  return data.view;
}

/** As it looks after a way over the wire. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

async function untilWatched(api: Api): Promise<void> {
  while (api.watches() === 0) await new Promise((resolve) => setImmediate(resolve));
}

async function watchesAreGone(api: Api): Promise<void> {
  while (api.watches() > 0) await new Promise((resolve) => setImmediate(resolve));
}
