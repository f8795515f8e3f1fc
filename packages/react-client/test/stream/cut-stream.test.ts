// A reader that is cut at every byte, and one that begins with a snapshot at every event, end where an uncut one does.
import { emptyView, foldAll, type RunEvent, type RunView } from "@alder/core/protocol";
import { createClient, type RunSnapshot } from "@alder/react-client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createFrameReader } from "../../src/stream/frames.ts";
import { articleEvents } from "../support/article-run.ts";
import { createTestClock } from "../support/manual-clock.ts";
import { createRealApi, recordStream, type RealApi } from "../support/real-api.ts";

let api: RealApi;
let runId: string;
let bytes: Uint8Array;
let events: readonly RunEvent[];
let whole: RunView;

beforeAll(async () => {
  api = await createRealApi();
  const run = await api.run();
  runId = run.runId;
  await run.say(...articleEvents);
  await run.complete({ title: "Alders", text: "Roots fix nitrogen. 🌳" });
  bytes = await recordStream(api, runId);
  events = eventsIn(bytes);
  whole = foldAll(emptyView(runId), events);
});

afterAll(() => api.close());

test("the recorded stream is the whole run", () => {
  expect(events).toHaveLength(articleEvents.length + 3);
  expect(whole).toMatchObject({ status: "completed", seq: events.length });
  expect(Object.keys(whole.steps)).toEqual(["research", "roots", "leaves", "review"]);
});

test("bytes may be split anywhere", () => {
  for (let at = 0; at <= bytes.length; at++) {
    const reader = createFrameReader();
    const frames = [...reader.read(bytes.subarray(0, at)), ...reader.read(bytes.subarray(at))];
    const read = frames.map((found) => (found.type === "event" ? found.event : found.type));
    expect(read.length).toBe(events.length);
    expect(foldAll(emptyView(runId), read as RunEvent[])).toEqual(whole);
  }
  const reader = createFrameReader();
  const single = Array.from(bytes, (_, at) => reader.read(bytes.subarray(at, at + 1))).flat();
  expect(single).toHaveLength(events.length);
});

test("a connection may be cut at every byte", { timeout: 120_000 }, async () => {
  for (let at = 0; at < bytes.length; at++) {
    let connections = 0;
    const snapshot = await readAll((after) => {
      connections += 1;
      // The first connection breaks; the second delivers what comes after the cursor.
      if (connections === 1) return [bytes.subarray(0, at)];
      const rest = events.slice(events.findIndex(({ seq, fence }) => `${seq}-${fence}` === after) + 1);
      return [encode(rest)];
    });
    expect(snapshot.view).toEqual(whole);
    expect(connections).toBe(2);
  }
});

test("a reader may begin with a snapshot at every event", async () => {
  for (let seq = 1; seq <= events.length; seq++) {
    const view = foldAll(emptyView(runId), events.slice(0, seq));
    const snapshot = await readAll(
      () => [frame({ type: "snapshot", view: { ...view, workers: { live: 1 } } }), encode(events.slice(seq))],
      "snapshot",
    );
    expect(snapshot.view).toEqual(whole);
  }
});

test("a real server's stream, cut off by the network over and over, loses and repeats nothing", async () => {
  const run = await api.run();
  const clock = createTestClock();
  const handle = createClient({ url: api.url, clock, random: () => 0 }).run(run.runId, { throttleMs: 0 });
  const seen: number[] = [];
  const unsubscribe = handle.onEvent(({ seq }) => seen.push(seq));
  for (const event of articleEvents) {
    await run.say(event);
    // Whatever state the connection is in by now.
    api.network.cut();
    clock.advance(1000);
  }
  await run.complete({ title: "Alders", text: "Roots fix nitrogen. 🌳" });
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(handle.getSnapshot().connection).toBe("closed");
  });
  unsubscribe();
  const { view } = handle.getSnapshot();
  expect(timeless(view)).toEqual(timeless(whole));
  expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => one - other));
});

/** Follows a run over connections that deliver these chunks, each of them once. */
async function readAll(
  connection: (after: string) => readonly Uint8Array[],
  from: "start" | "snapshot" = "start",
): Promise<RunSnapshot> {
  const clock = createTestClock();
  const fetchStream = async (url: unknown): Promise<Response> => {
    const path = url as string;
    if (path.endsWith("/runs"))
      return Response.json({ runId, status: "queued", cursor: "1-0" }, { status: 202 });
    const after = new URL(path).searchParams.get("after") ?? "snapshot";
    return new Response(toStream(connection(after)), { headers: { "content-type": "text/event-stream" } });
  };
  const client = createClient({ url: "http://api.test", fetch: fetchStream, clock, random: () => 0 });
  const run = from === "start" ? await client.start("article", {}) : client.run(runId);
  return await new Promise((resolve) => {
    run.subscribe(() => {
      const snapshot = run.getSnapshot();
      if (snapshot.connection === "closed") resolve(snapshot);
      if (snapshot.connection === "reconnecting") queueMicrotask(() => clock.advance(1000));
    });
  });
}

function toStream(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) if (chunk.length > 0) controller.enqueue(chunk);
      controller.close();
    },
  });
}

function eventsIn(recorded: Uint8Array): RunEvent[] {
  return createFrameReader()
    .read(recorded)
    .map((found) => {
      if (found.type !== "event") throw new Error(`No ${found.type} was expected.`);
      return found.event;
    });
}

function encode(list: readonly RunEvent[]): Uint8Array {
  return Buffer.concat(list.map(frame));
}

function frame(value: object): Uint8Array {
  return new TextEncoder().encode(`data: ${JSON.stringify(value)}\n\n`);
}

/** The run was another one, at another time, and its fence with it. */
function timeless(view: RunView): unknown {
  return JSON.parse(JSON.stringify(view), (name, value: unknown) =>
    ["runId", "cursor", "at"].includes(name) || name.endsWith("At") ? null : value,
  );
}
