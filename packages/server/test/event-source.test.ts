// What a browser's own EventSource does (https://html.spec.whatwg.org/multipage/server-sent-events.html), and no more.
import type { RunEvent } from "@alder/core/protocol";
import { serve, type ApiServer } from "@alder/server";
import { createParser } from "eventsource-parser";
import { expect, test } from "vitest";
import { articleManifest, createHandWorker, writing } from "../../core/test/client/hand-worker.ts";
import { openForOther, openTestStore } from "../../core/test/store/open-test-store.ts";

/**
 * Reconnects whenever a connection ends or cannot be made, with the last id it was given, until it is answered 204:
 * then `closed` resolves.
 */
function openEventSource(url: () => string, lastEventId = "", onMessage = (_count: number): void => {}) {
  const messages: RunEvent[] = [];
  let lastId = lastEventId;

  async function connect(): Promise<boolean> {
    const headers = { accept: "text/event-stream", ...(lastId !== "" && { "last-event-id": lastId }) };
    const response = await fetch(url(), { headers });
    if (response.status === 204) return false;
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        expect(event).toBeUndefined();
        if (id !== undefined) lastId = id;
        messages.push(JSON.parse(data));
        onMessage(messages.length);
      },
    });
    const decoder = new TextDecoder();
    for await (const bytes of response.body!) parser.feed(decoder.decode(bytes, { stream: true }));
    return true;
  }

  async function run(): Promise<void> {
    for (;;) {
      const isOpen = await connect().catch(() => new Promise<true>((resolve) => setImmediate(resolve, true)));
      if (!isOpen) return;
    }
  }
  return { messages, closed: run() };
}

async function prepare() {
  const store = await openTestStore();
  await store.publishManifests([articleManifest]);
  await store.createRun({ workflow: "article", queue: "default", input: { topic: "alders" } });
  return { store, run: await createHandWorker(await openForOther(store)).take() };
}

test("hears every event once over servers that come and go, and stays away after the last", async () => {
  const { store, run } = await prepare();
  let server: ApiServer = await serve({ store, port: 0 });
  let heard = (_count: number): void => {};
  const source = openEventSource(
    () => `${server.url}/runs/${run.runId}/events`,
    "",
    (count) => heard(count),
  );
  let length = 2;
  for (const event of writing("s", ["a", "b", "c", "d"])) {
    length += 1;
    const isHeard = new Promise<void>((resolve) => {
      heard = (count) => (count === length ? resolve() : undefined);
    });
    await run.say(event);
    await isHeard;
    await server.close();
    server = await serve({ store, port: 0 });
  }
  await run.complete("done");
  await source.closed;
  expect(source.messages.map((message) => message.seq)).toEqual(
    Array.from({ length: length + 1 }, (_, index) => index + 1),
  );
  await server.close();
});

test("with a cursor that does not exist begins again by itself", async () => {
  const { store, run } = await prepare();
  await run.complete("done");
  const server = await serve({ store, port: 0 });
  const source = openEventSource(() => `${server.url}/runs/${run.runId}/events`, "77-7");
  await source.closed;
  expect(source.messages.map(({ type }) => type)).toEqual([
    "reset",
    "run.queued",
    "run.started",
    "run.completed",
  ]);
  await server.close();
});
