// Cites the invariants of src/client/view-cache.ts.
import { emptyView, foldAll } from "../../src/protocol/fold.ts";
import type { Store } from "@alder/core/store";
import { createMemoryStore } from "@alder/core/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { createViewCache } from "../../src/client/view-cache.ts";
import { createHandWorker, overlay, writing, type HandRun } from "./hand-worker.ts";

let inner: Store;
let store: Store;
/** The cursors that events were read after. */
let readsAfter: number[];

beforeEach(() => {
  inner = createMemoryStore();
  readsAfter = [];
  store = overlay(inner, {
    readEvents: (runId, after, limit) => {
      readsAfter.push(after.seq);
      return inner.readEvents(runId, after, limit);
    },
  });
});

async function startRun(): Promise<HandRun> {
  await inner.createRun({ workflow: "article", queue: "default", input: {} });
  return await createHandWorker(inner).take();
}

async function foldedFrom(runId: string) {
  const page = await inner.readEvents(runId, { seq: 0, fence: 0 }, 100_000);
  if (page.outcome !== "events") throw new Error(page.outcome);
  return foldAll(emptyView(runId), page.events);
}

test("1. a view holds every event that was there when it was asked for, over any number of pages", async () => {
  const run = await startRun();
  const view = createViewCache(store, 10);
  for (let part = 0; part < 3; part += 1) {
    await run.say(
      ...writing(
        `s${part}`,
        Array.from({ length: 600 }, (_, index) => `${index} `),
      ),
    );
    expect(await view(run.runId)).toEqual(await foldedFrom(run.runId));
  }
});

describe("2. a cached view", () => {
  test("is where the next one goes on folding from", async () => {
    const run = await startRun();
    const view = createViewCache(store, 10);
    await view(run.runId);
    await run.say(...writing("s", ["a"]));
    await view(run.runId);
    await view(run.runId);
    expect(readsAfter).toEqual([0, 2, 5]);
  });

  test("is the same object while nothing is new", async () => {
    const run = await startRun();
    const view = createViewCache(store, 10);
    expect(await view(run.runId)).toBe(await view(run.runId));
  });

  test("is right for callers at the same time", async () => {
    const run = await startRun();
    const view = createViewCache(store, 10);
    const views = [
      view(run.runId),
      run.say(...writing("s", ["a"])).then(() => view(run.runId)),
      view(run.runId),
    ];
    const [first, second] = await Promise.all(views);
    expect(first!.seq).toBeGreaterThanOrEqual(2);
    expect(second).toEqual(await foldedFrom(run.runId));
    expect(await view(run.runId)).toEqual(await foldedFrom(run.runId));
  });

  test("is folded anew when the store has lost its tail and written another", async () => {
    const run = await startRun();
    const view = createViewCache(
      overlay(store, {
        readEvents: (runId, after, limit) =>
          after.seq > 0 ? Promise.resolve({ outcome: "reset" }) : store.readEvents(runId, after, limit),
      }),
      10,
    );
    await view(run.runId);
    await run.say(...writing("s", ["a"]));
    expect(await view(run.runId)).toEqual(await foldedFrom(run.runId));
  });

  test("is forgotten when its run is deleted", async () => {
    const run = await startRun();
    await run.complete(null);
    const view = createViewCache(store, 10);
    await view(run.runId);
    while ((await inner.deleteEnded(0)) > 0);
    await expect(view(run.runId)).rejects.toMatchObject({ code: "unknown_run" });
  });
});

test("3. the view unused for longest is forgotten first", async () => {
  const [a, b, c] = [await startRun(), await startRun(), await startRun()];
  const view = createViewCache(store, 2);
  await view(a.runId);
  await view(b.runId);
  await view(a.runId);
  await view(c.runId);
  readsAfter.length = 0;
  await view(a.runId);
  await view(c.runId);
  await view(b.runId);
  expect(readsAfter).toEqual([2, 2, 0]);
});
