// Cites the invariants of src/client/view-cache.ts.
import { parseCursor } from "../../src/protocol/cursor.ts";
import { emptyView, foldAll } from "../../src/protocol/fold.ts";
import type { Store } from "@alder/core/store";
import { beforeEach, describe, expect, test } from "vitest";
import { createViewCache } from "../../src/client/view-cache.ts";
import { openForOther, openTestStore } from "../store/open-test-store.ts";
import { createHandWorker, overlay, writing, type HandRun } from "./hand-worker.ts";

const limits = { views: 10, characters: 1_000_000, viewCharacters: 1_000_000 };

let inner: Store;
let store: Store;
/** The cursors that events were read after. */
let readsAfter: number[];

beforeEach(async () => {
  inner = await openTestStore();
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
  return await createHandWorker(await openForOther(inner)).take();
}

async function foldedFrom(runId: string) {
  const page = await inner.readEvents(runId, { seq: 0, fence: 0 }, 100_000);
  if (page.outcome !== "events") throw new Error(page.outcome);
  return foldAll(emptyView(runId), page.events);
}

test("1. a view holds every event that was there when it was asked for, over any number of pages", async () => {
  const run = await startRun();
  const view = createViewCache(store, limits);
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
    const view = createViewCache(store, limits);
    await view(run.runId);
    await run.say(...writing("s", ["a"]));
    await view(run.runId);
    await view(run.runId);
    expect(readsAfter).toEqual([0, 2, 5]);
  });

  test("is the same object while nothing is new", async () => {
    const run = await startRun();
    const view = createViewCache(store, limits);
    expect(await view(run.runId)).toBe(await view(run.runId));
  });

  test("is right for callers at the same time", async () => {
    const run = await startRun();
    const view = createViewCache(store, limits);
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
      limits,
    );
    await view(run.runId);
    await run.say(...writing("s", ["a"]));
    expect(await view(run.runId)).toEqual(await foldedFrom(run.runId));
  });

  test("is forgotten when its run is deleted", async () => {
    const run = await startRun();
    await run.complete(null);
    const view = createViewCache(store, limits);
    await view(run.runId);
    while ((await inner.deleteEnded(0)) > 0);
    await expect(view(run.runId)).rejects.toMatchObject({ code: "unknown_run" });
  });
});

test("3. the view unused for longest is forgotten first", async () => {
  const [a, b, c] = [await startRun(), await startRun(), await startRun()];
  const view = createViewCache(store, { ...limits, views: 2 });
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

describe("3. text", () => {
  test("is bounded, too: the view unused for longest is forgotten first", async () => {
    const view = createViewCache(store, { ...limits, characters: 25_000 });
    const runs = [await startRun(), await startRun(), await startRun()];
    for (const run of runs) {
      await run.say({ type: "object", name: "text", value: "x".repeat(10_000), step: null });
      await view(run.runId);
    }
    readsAfter.length = 0;
    for (const run of runs.toReversed()) await view(run.runId);
    expect(readsAfter).toEqual([3, 3, 0]);
  });

  test("that is more than all may have is not kept", async () => {
    const view = createViewCache(store, { ...limits, characters: 5_000 });
    const run = await startRun();
    await run.say({ type: "object", name: "text", value: "x".repeat(10_000), step: null });
    await view(run.runId);
    await view(run.runId);
    expect(readsAfter).toEqual([0, 0]);
  });
});

describe("4. a view that is too large", () => {
  const large = { ...limits, characters: 100_000_000, viewCharacters: 3_000_000 };

  test("is refused, without being folded to its end, nor from its start again", async () => {
    const view = createViewCache(store, large);
    const run = await startRun();
    const outputs = ["a", "b", "c", "d", "e", "f"].map(
      (name) => ({ type: "object", name, value: "x".repeat(900_000), step: null }) as const,
    );
    await run.say(...outputs);
    const refusal = { code: "view_too_large", details: { runId: run.runId, limitCharacters: 3_000_000 } };
    await expect(view(run.runId)).rejects.toMatchObject(refusal);
    expect(readsAfter).toEqual([0, 3, 4, 5]);
    await expect(view(run.runId)).rejects.toMatchObject(refusal);
    expect(readsAfter).toEqual([0, 3, 4, 5, 5]);
  });

  test("is not one whose events only replace each other", async () => {
    const view = createViewCache(store, large);
    const run = await startRun();
    for (let time = 0; time < 6; time += 1) {
      await run.say({ type: "object", name: "a", value: "x".repeat(900_000), step: null });
    }
    expect(await view(run.runId)).toEqual(await wholeOf(run.runId));
  });
});

/** Folded page by page, as pages are cut by size. */
async function wholeOf(runId: string) {
  let view = emptyView(runId);
  for (;;) {
    const page = await inner.readEvents(runId, parseCursor(view.cursor), 100);
    if (page.outcome !== "events") throw new Error(page.outcome);
    view = foldAll(view, page.events);
    if (page.atTail) return view;
  }
}
