import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { overlay, typesOf, writing } from "../../core/test/client/hand-worker.ts";
import { createMemoryStore } from "@alder/core/testing";
import { createApi, transports, type Api } from "./harness.ts";
import { parseFrames, readUntil } from "./sse.ts";

const sse = { accept: "text/event-stream" };

describe.each(transports)("readers %s", (transport) => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi(transport);
  });
  afterEach(() => api.close());

  test("that leave change nothing for the run, and leave nothing behind", async () => {
    const run = await api.run();
    const leave = new AbortController();
    const bodies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const init = { headers: sse, signal: leave.signal };
        const response = await api.request(`/runs/${run.runId}/events`, init);
        const reader = response.body!.getReader();
        await readUntil(reader, (text) => text.includes("run.started"));
        return reader;
      }),
    );
    await vi.waitUntil(() => api.watches() > 0);
    await Promise.all(bodies.slice(10).map((reader) => reader.cancel()));
    leave.abort();
    await Promise.all(bodies.slice(0, 10).map((reader) => reader.cancel().catch(() => {})));
    await vi.waitUntil(() => api.watches() === 0);

    await run.say(...writing("s1", ["a", "b"]));
    await run.complete("done");
    expect(await (await api.request(`/runs/${run.runId}`)).json()).toMatchObject({ output: "done" });
  });

  test("that leave before the first byte leave nothing behind", async () => {
    const run = await api.run();
    for (let time = 0; time < 5; time += 1) {
      const response = await api.request(`/runs/${run.runId}/events`, { headers: sse });
      await response.body!.cancel();
      await api.request(`/runs/${run.runId}/events`, { headers: sse, method: "HEAD" });
    }
    expect(api.watches()).toBe(0);
  });

  test("that leave a wait leave nothing behind, and the run goes on", async () => {
    const run = await api.run();
    const leave = new AbortController();
    const polled = api.request(`/runs/${run.runId}/events?after=2-${run.claim.token.fence}&wait=60`, {
      signal: leave.signal,
    });
    const headers = { "content-type": "application/json", prefer: "wait=60" };
    const body = JSON.stringify({ topic: "b" });
    const started = api.request("/workflows/article/runs", {
      method: "POST",
      headers,
      body,
      signal: leave.signal,
    });
    await vi.waitUntil(() => api.watches() === 2);
    leave.abort();
    await Promise.allSettled([polled, started]);
    await vi.waitUntil(() => api.watches() === 0);
    const second = await api.worker.take();
    await second.complete("b");
    await run.complete("a");
    const { runs } = await (await api.request("/runs?status=completed")).json();
    expect(runs).toHaveLength(2);
  });

  test("see the end of their stream when the store fails in the middle, and no end of the run", async () => {
    const inner = createMemoryStore();
    let isBroken = false;
    const errors: unknown[] = [];
    const store = overlay(inner, {
      readEvents: (...parameters) =>
        isBroken ? Promise.reject(new Error("disk on fire")) : inner.readEvents(...parameters),
    });
    const failing = await createApi(transport, { store, onError: (error) => errors.push(error) });
    const run = await failing.run();
    const response = await failing.request(`/runs/${run.runId}/events`, { headers: sse });
    const reader = response.body!.getReader();
    const text = await readUntil(reader, (read) => read.includes("run.started"));
    isBroken = true;
    await run.say({ type: "status", message: "on it", step: null });
    expect(await readUntil(reader, () => false)).toBe("");
    expect(parseFrames(text).map(({ data }) => data.type)).toEqual(["run.queued", "run.started"]);
    expect(errors).toEqual([expect.objectContaining({ code: "store_unavailable" })]);
    expect(failing.watches()).toBe(0);
    await failing.close();
  });
});

describe("a reader that does not read", () => {
  const EVENTS = 400;
  const DELTA = "x".repeat(10_000);

  test("holds back what is read for it, and then misses nothing", async () => {
    const inner = createMemoryStore();
    let read = 0;
    const store = overlay(inner, {
      readEvents: async (...parameters) => {
        const page = await inner.readEvents(...parameters);
        if (page.outcome === "events") read += page.events.length;
        return page;
      },
    });
    const api = await createApi("over a socket", { store });
    const run = await api.run();
    const response = await connect(`${api.url}/runs/${run.runId}/events`);
    response.pause();
    // Far more than what sockets, the server and a page hold.
    for (let part = 0; part < 10; part += 1) {
      await run.say(
        ...writing(
          `s${part}`,
          Array.from({ length: EVENTS }, () => DELTA),
        ),
      );
    }
    await run.complete("done");
    await vi.waitUntil(() => read > 0);
    const total = 10 * (EVENTS + 2) + 3;
    await settled(() => read);
    expect(read).toBeLessThan(total / 2);

    let text = "";
    response.setEncoding("utf8");
    for await (const chunk of response) text += chunk;
    const events = parseFrames(text).map(({ data }) => data);
    expect(events).toHaveLength(total);
    expect(events.at(-1)!.type).toBe("run.completed");
    expect(events.map((event) => ("seq" in event ? event.seq : 0))).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect(api.watches()).toBe(0);
    await api.close();
  });

  test("holds no watch after it is gone", async () => {
    const api = await createApi("over a socket");
    const run = await api.run();
    const response = await connect(`${api.url}/runs/${run.runId}/events`);
    response.pause();
    for (let part = 0; part < 10; part += 1) {
      await run.say(
        ...writing(
          `s${part}`,
          Array.from({ length: EVENTS }, () => DELTA),
        ),
      );
    }
    await vi.waitUntil(() => api.watches() === 1);
    response.destroy();
    await vi.waitUntil(() => api.watches() === 0);
    await run.complete("done");
    expect(
      typesOf((await (await api.request(`/runs/${run.runId}/events?limit=2`)).json()).events),
    ).toHaveLength(2);
    await api.close();
  });
});

function connect(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: sse }, resolve).on("error", reject).end();
  });
}

/** Waits until a number stays the same for many turns of the event loop. */
async function settled(value: () => number): Promise<void> {
  let last = -1;
  let same = 0;
  while (same < 2000) {
    await new Promise((resolve) => setImmediate(resolve));
    same = value() === last ? same + 1 : 0;
    last = value();
  }
}
