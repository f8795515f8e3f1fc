import { createStoreClient, type StoreClient } from "@alder/core/client";
import { parseCursor } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { createMemoryStore } from "@alder/core/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  articleManifest,
  createHandWorker,
  createWatchedStore,
  overlay,
  typesOf,
  type HandWorker,
} from "./hand-worker.ts";
import { openForOther, openTestStore } from "../store/open-test-store.ts";

let store: Store;
let watches: () => number;
let client: StoreClient;
let worker: HandWorker;

beforeEach(async () => begin(await openTestStore()));

/** Tests that move time by themselves do so in memory: a connection has timers of its own. */
async function begin(inner: Store): Promise<void> {
  ({ store, watches } = createWatchedStore(inner));
  await store.publishManifests([articleManifest, { ...articleManifest, name: "poem", queue: "poems" }]);
  client = createStoreClient(store);
  worker = createHandWorker(await openForOther(inner));
}

describe("start", () => {
  test("makes a run in the queue of its workflow", async () => {
    const { run, isNew } = await client.start("poem", { topic: "alders" });
    expect(isNew).toBe(true);
    expect(run).toMatchObject({
      workflow: "poem",
      queue: "poems",
      input: { topic: "alders" },
      status: "queued",
    });
    expect(await client.run(run.runId)).toEqual(run);
  });

  test("of an unknown workflow lists the known ones", async () => {
    await expect(client.start("artcle", {})).rejects.toMatchObject({
      code: "unknown_workflow",
      message: expect.stringContaining(`Known are "article", "poem".`),
      details: { known: ["article", "poem"] },
    });
    const empty = createStoreClient(await openTestStore());
    await expect(empty.start("article", {})).rejects.toMatchObject({
      message: expect.stringContaining("No worker has published any yet"),
    });
  });

  test("refuses an input that is not JSON", async () => {
    const input = { topic: Number.NaN };
    await expect(client.start("article", input)).rejects.toMatchObject({ code: "not_json" });
  });

  test("with an idempotency key is one run for one input", async () => {
    const options = { idempotencyKey: "k" };
    const first = await client.start("article", { topic: "a", words: 1 }, options);
    const again = await client.start("article", { words: 1, topic: "a" }, options);
    expect(again).toMatchObject({ isNew: false, run: { runId: first.run.runId } });
    await expect(client.start("article", { topic: "b" }, options)).rejects.toMatchObject({
      code: "idempotency_conflict",
      details: { runId: first.run.runId },
    });
    // Keys belong to a workflow.
    expect(await client.start("poem", { topic: "b" }, options)).toMatchObject({ isNew: true });
  });
});

test("read answers with pages, and keeps the cursor where there is nothing", async () => {
  const { run } = await client.start("article", { topic: "a" });
  const first = await client.read(run.runId, undefined, 10);
  expect(first).toMatchObject({ cursor: "1-0", status: "queued", atTail: true });
  expect(typesOf(first.events)).toEqual(["run.queued"]);
  const next = await client.read(run.runId, { seq: 1, fence: 0 }, 10);
  expect(next).toMatchObject({ events: [], cursor: "1-0" });
  await expect(client.read(run.runId, { seq: 9, fence: 9 }, 10)).rejects.toMatchObject({ code: "reset" });
  await expect(client.read("nobody", undefined, 10)).rejects.toMatchObject({ code: "unknown_run" });
});

describe("waitForEnd", () => {
  test("gives the view as soon as the run has ended", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const ended = client.waitForEnd(run.runId);
    const hand = await worker.take();
    await hand.say({ type: "status", message: "on it", step: null });
    await hand.complete("done");
    expect(await ended).toMatchObject({ status: "completed", output: "done" });
    expect(watches()).toBe(0);
  });

  test("gives the view as it is when the time is over, or when it is aborted", async () => {
    vi.useFakeTimers();
    try {
      await begin(createMemoryStore());
      const { run } = await client.start("article", { topic: "a" });
      const timed = client.waitForEnd(run.runId, { timeoutMs: 60_000 });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await timed).toMatchObject({ status: "queued" });

      const leaving = new AbortController();
      const aborted = client.waitForEnd(run.runId, { signal: leaving.signal });
      leaving.abort();
      expect(await aborted).toMatchObject({ status: "queued" });
      expect(await client.waitForEnd(run.runId, { signal: leaving.signal })).toMatchObject({
        status: "queued",
      });
      expect(watches()).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("leaves no timer behind a run that ends in time", async () => {
    vi.useFakeTimers();
    try {
      await begin(createMemoryStore());
      const { run } = await client.start("article", { topic: "a" });
      await client.cancel(run.runId);
      expect(await client.waitForEnd(run.runId, { timeoutMs: 60_000 })).toMatchObject({
        status: "cancelled",
      });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("throws unknown_run, and leaves nothing behind", async () => {
    await expect(client.waitForEnd("nobody")).rejects.toMatchObject({ code: "unknown_run" });
    expect(watches()).toBe(0);
  });
});

describe("signal", () => {
  test("is sent once for one id", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const hand = await worker.take();
    await hand.say({ type: "input.requested", step: "step", name: "review" });
    const first = await client.signal(run.runId, "review", { approved: true }, { id: "s", input: "step" });
    expect(first).toEqual({ id: "s", isDuplicate: false });
    const again = await client.signal(run.runId, "review", { approved: false }, { id: "s" });
    expect(again).toEqual({ id: "s", isDuplicate: true });
    expect(await store.readSignals(run.runId, 0)).toMatchObject([
      { payload: { approved: true }, input: "step" },
    ]);
  });

  test("must be declared, of a run that is there and has not ended", async () => {
    const { run } = await client.start("article", { topic: "a" });
    await expect(client.signal(run.runId, "revew", null)).rejects.toMatchObject({
      code: "unknown_signal",
      details: { known: ["review", "stop"] },
    });
    await expect(client.signal("nobody", "review", null)).rejects.toMatchObject({ code: "unknown_run" });
    await client.cancel(run.runId);
    await expect(client.signal(run.runId, "review", null)).rejects.toMatchObject({
      code: "run_ended",
      details: { runStatus: "cancelled" },
    });
  });

  test("that was accepted is a duplicate for ever, whatever has become of its run and its input", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const hand = await worker.take();
    await hand.say({ type: "input.requested", step: "step", name: "review" });
    const again = { isDuplicate: true, id: "s" };
    const send = (id: string) => client.signal(run.runId, "review", null, { id, input: "step" });
    await send("s");
    await hand.say({ type: "input.received", step: "step", name: "review", signal: "s" });
    expect(await send("s")).toEqual(again);
    await expect(send("t")).rejects.toMatchObject({ code: "input_closed", details: { input: "step" } });
    await hand.complete(null);
    expect(await send("s")).toEqual(again);
    await expect(send("t")).rejects.toMatchObject({ code: "run_ended" });
    expect(await store.readSignals(run.runId, 0)).toHaveLength(1);
  });

  test("for an input that is not waited for, or waits for another signal, is refused", async () => {
    const { run } = await client.start("article", { topic: "a" });
    await (await worker.take()).say({ type: "input.requested", step: "step", name: "review" });
    for (const [name, input] of [
      ["review", "other"],
      ["stop", "step"],
    ] as const) {
      await expect(client.signal(run.runId, name, null, { input })).rejects.toMatchObject({
        code: "input_closed",
      });
    }
    expect(await store.readSignals(run.runId, 0)).toEqual([]);
  });

  test("is not refused for a view that is too large to look into", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const small = createStoreClient(store, { viewLimitCharacters: 10 });
    await expect(small.view(run.runId)).rejects.toMatchObject({ code: "view_too_large" });
    expect(await small.signal(run.runId, "review", null, { input: "step" })).toMatchObject({
      isDuplicate: false,
    });
  });

  test("to a run that ends on the way is refused, too", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const racing = createStoreClient(
      overlay(store, {
        sendSignal: async (...parameters) => {
          await store.requestCancel(run.runId);
          return await store.sendSignal(...parameters);
        },
      }),
    );
    await expect(racing.signal(run.runId, "review", null)).rejects.toMatchObject({
      code: "run_ended",
      details: { runStatus: "cancelled" },
    });
  });
});

test("cancel ends a run that nobody executes, and asks the owner of one that is", async () => {
  const first = await client.start("article", { topic: "a" });
  expect(await client.cancel(first.run.runId)).toBe("cancelled");
  await expect(client.cancel(first.run.runId)).rejects.toMatchObject({ code: "run_ended" });
  const second = await client.start("article", { topic: "b" });
  await worker.take();
  expect(await client.cancel(second.run.runId)).toBe("cancelling");
  await expect(client.cancel("nobody")).rejects.toMatchObject({ code: "unknown_run" });
});

test("what a store throws without a code is store_unavailable; with one, it is kept", async () => {
  const cause = new Error("disk on fire");
  const failing = createStoreClient(overlay(store, { ping: () => Promise.reject(cause) }));
  await expect(failing.ping()).rejects.toMatchObject({ code: "store_unavailable", cause });
  await expect(client.list({ limit: 5, cursor: "\0nonsense" })).rejects.toMatchObject({ code: "bad_cursor" });
});

describe("accept and retry", () => {
  test("let a blocked run go on, once", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const { runId } = run;
    await expect(client.accept(runId)).rejects.toMatchObject({
      code: "run_not_blocked",
      details: { runId, runStatus: "queued" },
    });
    await (await worker.take()).block("changed");
    expect(await client.view(runId)).toMatchObject({ status: "blocked", blocked: { message: "changed" } });
    await expect(client.retry(runId)).rejects.toMatchObject({
      code: "run_unfinished",
      message: expect.stringContaining("Accept what it is blocked by"),
    });
    await client.accept(runId);
    expect(await client.view(runId)).toMatchObject({ status: "queued", blocked: null });
    await expect(client.accept(runId)).rejects.toMatchObject({ code: "run_not_blocked" });
  });

  test("let a run go on that failed or was cancelled, once for each end", async () => {
    const { run } = await client.start("article", { topic: "a" });
    const { runId } = run;
    await expect(client.retry(runId)).rejects.toMatchObject({ code: "run_unfinished" });
    await (await worker.take()).fail("no");
    await client.retry(runId);
    expect(await client.view(runId)).toMatchObject({ status: "queued", error: null, endedAt: null });
    await expect(client.retry(runId)).rejects.toMatchObject({ code: "run_unfinished" });
    await client.cancel(runId);
    await client.retry(runId);
    await (await worker.take()).complete("done");
    expect(await client.view(runId)).toMatchObject({ status: "completed", output: "done" });
    await expect(client.retry(runId)).rejects.toMatchObject({
      code: "run_completed",
      details: { runId, runStatus: "completed" },
    });
  });

  test("of an unknown run", async () => {
    await expect(client.accept("nobody")).rejects.toMatchObject({ code: "unknown_run" });
    await expect(client.retry("nobody")).rejects.toMatchObject({ code: "unknown_run" });
  });

  test("whoever follows a run that ended reads on after its retry", async () => {
    const { run } = await client.start("article", { topic: "a" });
    await (await worker.take()).fail("no");
    const first: string[] = [];
    let cursor = "";
    for await (const batch of client.follow(run.runId)) {
      first.push(...typesOf(batch.events));
      ({ cursor } = batch);
    }
    expect(first.at(-1)).toBe("run.failed");
    await client.retry(run.runId);
    await (await worker.take()).complete(null);
    const second: string[] = [];
    for await (const { events } of client.follow(run.runId, { after: parseCursor(cursor) })) {
      second.push(...typesOf(events));
    }
    expect(second).toEqual(["run.queued", "run.started", "run.completed"]);
  });
});
