import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import type { CreateRun } from "../../store/store.ts";
import { completed, type DeclareTest } from "./scene.ts";

const request: CreateRun = {
  workflow: "article",
  queue: "default",
  input: {},
  idempotency: { key: "key", fingerprint: "one" },
};

export function testTenants(test: DeclareTest): void {
  test("is told wherever the run is, to its end", async ({ store, run, events, claimOne }) => {
    const result = await store.createRun({ ...request, tenant: "acme" });
    assert(result.outcome === "created");
    const { runId, tenant } = result.run;
    assertEqual([tenant, await run(runId)], ["acme", result.run]);
    const [first] = await events(runId);
    assert(first?.type === "run.queued");
    assertEqual(first.tenant, "acme");
    const claim = await claimOne();
    assertEqual(claim.tenant, "acme");
    await store.finish(completed(claim));
    const { runs } = await store.listRuns({ limit: 10 });
    assertEqual([runs[0]?.tenant, (await run(runId)).tenant], ["acme", "acme"]);
  });

  test("may be any text, and is kept as it is", async ({ store, claimOne }) => {
    for (const tenant of [`Müller & "Söhne" \\ 😀`, "0:1:acme", "{p1}", "' OR 1=1", "__proto__"]) {
      const result = await store.createRun({ workflow: "article", queue: "default", input: {}, tenant });
      assert(result.outcome === "created");
      assertEqual((await claimOne()).tenant, tenant);
    }
  });

  test("an empty one is none", async ({ create, run, events, claimOne }) => {
    const runId = await create({ tenant: "" });
    assertEqual((await run(runId)).tenant, null);
    assert(!("tenant" in (await events(runId))[0]!));
    assertEqual((await claimOne()).tenant, null);
  });

  test("tags and metadata are told with the run, and kept as they are", async ({
    store,
    run,
    events,
    own,
  }) => {
    const tags = ["b", "a", "ä😀"];
    const metadata = { order: 7, deep: { list: [null, "ü"] }, empty: {} };
    const claim = await own({ tags, metadata });
    const { runId } = claim.token;
    const record = await run(runId);
    assertEqual([record.tags, record.metadata], [tags, metadata]);
    const [first] = await events(runId);
    assert(first?.type === "run.queued");
    assertEqual([first.tags, first.metadata], [tags, metadata]);
    await store.finish(completed(claim));
    const ended = await run(runId);
    assertEqual([ended.tags, ended.metadata], [tags, metadata]);
    assertEqual((await store.listRuns({ limit: 1 })).runs[0]?.tags, tags);
  });

  test("has idempotency keys of its own", async ({ store, create }) => {
    const tenants = ["", "acme", "other"];
    const ids: string[] = [];
    for (const tenant of tenants) ids.push(await create({ ...request, tenant }));
    assertEqual(new Set(ids).size, 3);
    for (const [index, tenant] of tenants.entries()) {
      const again = await store.createRun({ ...request, tenant });
      assert(again.outcome === "existing");
      assertEqual(again.run.runId, ids[index]);
    }
    const other = { key: "key", fingerprint: "two" };
    const conflict = await store.createRun({ ...request, tenant: "acme", idempotency: other });
    assertEqual(conflict, { outcome: "conflict", runId: ids[1] });
  });
}
