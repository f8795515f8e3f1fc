import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import { START } from "../../protocol/cursor.ts";
import type { Json } from "../../protocol/json.ts";
import { completed, next, say, type Scene, type DeclareTest } from "./scene.ts";

export function testReadEvents(test: DeclareTest): void {
  test("from any event, in pages of any size, without gap or repeat (E9)", async (scene) => {
    const runId = await writeTenEvents(scene);
    const all = await scene.events(runId);
    assertEqual(
      all.map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    for (const from of [START, ...all]) {
      for (const limit of [1, 2, 3, 9, 10, 11]) {
        const page = await scene.store.readEvents(runId, from, limit);
        const expected = all.slice(from.seq, from.seq + limit);
        const atTail = from.seq + limit >= 10;
        assertEqual(page, { outcome: "events", events: expected, status: "completed", atTail });
      }
    }
  });

  test("a page has about 1 MiB of text at most, and one event at least", async ({ store, own }) => {
    const claim = await own();
    const small = Array.from({ length: 40 }, () => 10_000);
    const sizes = [300_000, 300_000, 300_000, 300_000, 2_000_000, 10, 1_040_000, ...small, 700_000];
    // Two bytes a character.
    const records = sizes.map((bytes) => say("é".repeat(bytes / 2)));
    await store.append(next(claim, ...records));
    const { runId, fence } = claim.token;
    const pages: (readonly [number, boolean])[] = [];
    let after = { seq: 2, fence };
    for (;;) {
      const page = await store.readEvents(runId, after, 100);
      assert(page.outcome === "events");
      const last = page.events.at(-1);
      if (!last) break;
      pages.push([page.events.length, page.atTail]);
      after = { seq: last.seq, fence: last.fence };
    }
    assertEqual(pages, [
      [3, false],
      [1, false],
      [1, false],
      [2, false],
      [40, false],
      [1, true],
    ]);
  });

  test("the status is that of the moment", async ({ store, own }) => {
    const claim = await own();
    const { runId, fence } = claim.token;
    const tail = { seq: 2, fence };
    const before = await store.readEvents(runId, tail, 10);
    assertEqual(before, { outcome: "events", events: [], status: "running", atTail: true });
    await store.finish(completed(claim));
    const after = await store.readEvents(runId, tail, 10);
    assert(after.outcome === "events");
    assertEqual([after.status, after.events.length, after.atTail], ["completed", 1, true]);
  });

  test("a cursor that names no event is answered with reset", async (scene) => {
    const runId = await writeTenEvents(scene);
    const last = (await scene.events(runId)).at(-1)!;
    const reset = { outcome: "reset" };
    for (const cursor of [
      { seq: last.seq + 1, fence: last.fence },
      { seq: last.seq, fence: last.fence + 1 },
      { seq: last.seq, fence: 0 },
      { seq: 1, fence: last.fence },
      { seq: 1_000_000, fence: last.fence },
    ]) {
      assertEqual(await scene.store.readEvents(runId, cursor, 10), reset);
    }
  });

  test("an unknown run is told so", async ({ store }) => {
    assertEqual(await store.readEvents("unknown", START, 10), { outcome: "unknown_run" });
  });

  test("events are decoded JSON, each reader's its own (E10)", async ({ store, own }) => {
    const claim = await own();
    const value: Json = { items: [1, 2], gone: undefined };
    const event = { type: "object", name: "list", value, step: null } as const;
    await store.append(next(claim, { event }));
    const { runId, fence } = claim.token;
    const page = await store.readEvents(runId, { seq: 2, fence }, 10);
    assert(page.outcome === "events");
    const [read] = page.events;
    assert(read?.type === "object");
    assertEqual(read.value, { items: [1, 2] });
    assert(Object.hasOwn(read, "at") && !Object.hasOwn(read.value, "gone"));
    assert(read.value !== value);
  });
}

async function writeTenEvents({ store, own }: Scene): Promise<string> {
  const claim = await own();
  await store.append(next(claim, ...["a", "b", "c"].map(say)));
  await store.append({ ...next(claim, ...["d", "e", "f", "g"].map(say)), after: 5 });
  await store.finish({ ...completed(claim), after: 9 });
  return claim.token.runId;
}
