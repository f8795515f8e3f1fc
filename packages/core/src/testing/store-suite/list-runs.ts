import { deepStrictEqual as assertEqual, rejects as assertRejects } from "node:assert/strict";
import { hasCode } from "../../errors/alder-error.ts";
import type { ListRuns, Store } from "../../store/store.ts";
import { completed, waiting, type DeclareTest } from "./scene.ts";

export function testListRuns(test: DeclareTest): void {
  test("newest first, with what a list shows", async ({ store, create, run }) => {
    const first = await create({ workflow: "poem" });
    const second = await create();
    const { runs, cursor } = await store.listRuns({ limit: 10 });
    assertEqual(cursor, null);
    assertEqual(
      runs.map(({ runId }) => runId),
      [second, first],
    );
    const { workflow, status, tenant, priority, tags, createdAt, updatedAt, endedAt } = await run(first);
    const given = { tenant, priority, tags };
    assertEqual(runs[1], { runId: first, workflow, status, ...given, createdAt, updatedAt, endedAt });
    assertEqual([workflow, status, endedAt], ["poem", "queued", null]);
  });

  test("an empty store has an empty list", async ({ store }) => {
    assertEqual(await store.listRuns({ limit: 10 }), { runs: [], cursor: null });
  });

  test("by workflow, by status, and by both", async ({ store, create, own }) => {
    const done = await own();
    await store.finish(completed(done));
    const parked = await own({ workflow: "poem" });
    await store.park(waiting(parked));
    const ended = await own({ workflow: "poem" });
    await store.finish(completed(ended));
    const queued = await create({ workflow: "poem" });
    const ids = [done, parked, ended].map(({ token }) => token.runId);
    assertEqual(await list(store, { workflow: "poem" }), [queued, ids[2], ids[1]]);
    assertEqual(await list(store, { status: "completed" }), [ids[2], ids[0]]);
    assertEqual(await list(store, { status: "waiting" }), [ids[1]]);
    assertEqual(await list(store, { status: "queued" }), [queued]);
    assertEqual(await list(store, { workflow: "poem", status: "completed" }), [ids[2]]);
    assertEqual(await list(store, { workflow: "none" }), []);
    assertEqual(await list(store, { status: "blocked" }), []);
  });

  test("by tenant, by tag, and by these with all else", async ({ store, create, own }) => {
    const plain = await create({ tags: ["import"] });
    const mine = await create({ tenant: "acme", tags: ["import", "nightly"] });
    const poem = await create({ tenant: "acme", workflow: "poem", tags: ["nightly"] });
    const other = await create({ tenant: "other", tags: ["import"] });
    const done = await own({ tenant: "acme", tags: ["import"], queue: "elsewhere" });
    await store.finish(completed(done));
    const ended = done.token.runId;
    assertEqual(await list(store, { tenant: "acme" }), [ended, poem, mine]);
    assertEqual(await list(store, { tag: "import" }), [ended, other, mine, plain]);
    assertEqual(await list(store, { tag: "import", tenant: "acme" }), [ended, mine]);
    assertEqual(await list(store, { tenant: "acme", workflow: "poem" }), [poem]);
    assertEqual(await list(store, { tenant: "acme", status: "completed" }), [ended]);
    assertEqual(await list(store, { tag: "nightly", workflow: "article" }), [mine]);
    const all = { tag: "import", tenant: "acme", workflow: "article", status: "queued" } as const;
    assertEqual(await list(store, all), [mine]);
    assertEqual(await list(store, { tenant: "acm" }), []);
    assertEqual(await list(store, { tag: "nothing" }), []);
    assertEqual(await list(store, { tenant: "other", tag: "nightly" }), []);
    assertEqual((await list(store, { tenant: "", tag: "" })).length, 5);
  });

  test("tags and tenants of any letters do not get mixed up", async ({ store, create }) => {
    const names = ["a", "a:b", "1:a", "", "0:", "ä😀", "' OR 1=1", "{p1}", "__proto__"];
    const ids = new Map<string, string>();
    for (const tenant of names)
      for (const tag of names.filter((name) => name !== ""))
        ids.set(JSON.stringify([tenant, tag]), await create({ tenant, tags: [tag] }));
    for (const tenant of names.filter((name) => name !== ""))
      for (const tag of names.filter((name) => name !== ""))
        assertEqual(await list(store, { tenant, tag }), [ids.get(JSON.stringify([tenant, tag]))]);
  });

  test("a filter that few runs pass finds them, however many there are", async ({ store, create }) => {
    const first = await create({ tenant: "acme", workflow: "poem" });
    for (let index = 0; index < 26; index++)
      await Promise.all(Array.from({ length: 20 }, () => create({ tenant: "acme" })));
    const last = await create({ tenant: "acme", workflow: "poem" });
    assertEqual(await list(store, { tenant: "acme", workflow: "poem" }), [last, first]);
    const page = await store.listRuns({ tenant: "acme", workflow: "poem", limit: 1 });
    const next = await store.listRuns({
      tenant: "acme",
      workflow: "poem",
      limit: 1,
      cursor: page.cursor!,
    });
    assertEqual([next.runs.map(({ runId }) => runId), next.cursor], [[first], null]);
  });

  test("in pages that show each run once, also while runs are added", async ({ store, create }) => {
    const given = { tenant: "acme", tags: ["import"] };
    const filters = [{}, { workflow: "article" }, { status: "queued" }, { tenant: "acme" }] as const;
    for (const filter of [...filters, { tag: "import" }, { tenant: "acme", tag: "import" }] as const) {
      const before = await list(store, filter);
      for (let index = 0; index < 5; index++) before.unshift(await create(given));
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await store.listRuns({ ...filter, limit: 2, ...(cursor === null ? {} : { cursor }) });
        seen.push(...page.runs.map(({ runId }) => runId));
        cursor = page.cursor;
        await create({ workflow: "poem" });
      } while (cursor !== null);
      if (!("status" in filter)) assertEqual(seen, await listBefore(store, filter, seen[0]!));
      assertEqual(new Set(seen).size, seen.length);
      assertEqual(
        before.filter((runId) => !seen.includes(runId)),
        [],
      );
    }
  });

  test("a page that ends the list has no cursor", async ({ store, create }) => {
    for (let index = 0; index < 4; index++) await create();
    const first = await store.listRuns({ limit: 2 });
    const second = await store.listRuns({ limit: 2, cursor: first.cursor! });
    assertEqual([second.runs.length, second.cursor], [2, null]);
  });

  test("a cursor that no page gave is refused", async ({ store, create }) => {
    await create();
    for (const cursor of ["", "nonsense!", "17-3", "' OR 1=1"]) {
      const isBadCursor = (error: unknown): boolean => hasCode(error, "bad_cursor");
      await assertRejects(store.listRuns({ limit: 2, cursor }), isBadCursor);
    }
  });
}

async function list(store: Store, filter: Omit<ListRuns, "limit">): Promise<string[]> {
  const { runs } = await store.listRuns({ ...filter, limit: 100 });
  return runs.map(({ runId }) => runId);
}

/** From the run that was the newest on. */
async function listBefore(store: Store, filter: Omit<ListRuns, "limit">, newest: string): Promise<string[]> {
  const ids = await list(store, filter);
  return ids.slice(ids.indexOf(newest));
}
