import { deepStrictEqual as assertEqual, notEqual as assertNotEqual, ok as assert } from "node:assert/strict";
import type { Json } from "../../protocol/json.ts";
import type { CreateRun } from "../../store/store.ts";
import { completed, type DeclareTest } from "./scene.ts";

const request: CreateRun = {
  workflow: "article",
  queue: "default",
  input: { topic: "alders" },
  idempotency: { key: "key", fingerprint: "one" },
};

const tellingInput: Json = {
  text: 'ä "\\\n\u2028 😀 \ud800',
  numbers: [0, -1.5, 9_007_199_254_740_991, 1e300],
  nested: { deep: [[], {}, null, true, false, ""] },
  ["__proto__"]: { polluted: true },
};

export function testCreateRun(test: DeclareTest): void {
  test("makes a run and its first event, run.queued, with the input", async ({ store, events, run }) => {
    const before = await store.now();
    const result = await store.createRun({
      workflow: "article",
      queue: "papers",
      input: { topic: "alders" },
    });
    assert(result.outcome === "created");
    const { runId, createdAt } = result.run;
    assert(createdAt >= before);
    assertEqual(result.run, {
      runId,
      workflow: "article",
      queue: "papers",
      status: "queued",
      tenant: null,
      priority: 0,
      tags: [],
      metadata: {},
      input: { topic: "alders" },
      createdAt,
      updatedAt: createdAt,
      endedAt: null,
      tail: { seq: 1, fence: 0 },
      cancelRequested: false,
    });
    assertEqual(await run(runId), result.run);
    assertEqual(await events(runId), [
      {
        seq: 1,
        fence: 0,
        at: createdAt,
        type: "run.queued",
        workflow: "article",
        input: { topic: "alders" },
        reason: "started",
      },
    ]);
  });

  test("keeps the input as it is (E10)", async ({ create, run, events, claimOne }) => {
    const expected = JSON.parse(JSON.stringify(tellingInput)) as Json;
    const runId = await create({ input: tellingInput });
    assertEqual((await run(runId)).input, expected);
    const [first] = await events(runId);
    assert(first?.type === "run.queued");
    assertEqual(first.input, expected);
    assertEqual((await claimOne()).input, expected);
  });

  test("gives every run an id and a salt of its own", async ({ create, claim }) => {
    for (let index = 0; index < 20; index++) await create();
    const { claims } = await claim();
    assertEqual(new Set(claims.map(({ token }) => token.runId)).size, 20);
    assertEqual(new Set(claims.map(({ salt }) => salt)).size, 20);
  });

  test("equal keys of one workflow are one run", async ({ store }) => {
    const first = await store.createRun(request);
    const again = await store.createRun({ ...request, queue: "elsewhere" });
    assert(first.outcome === "created" && again.outcome === "existing");
    assertEqual(again.run, first.run);
  });

  test("an existing run is told as it is now, also after its end", async ({ store, claimOne }) => {
    await store.createRun(request);
    const claim = await claimOne();
    await store.finish(completed(claim));
    const again = await store.createRun(request);
    assert(again.outcome === "existing");
    assertEqual(again.run.status, "completed");
    assertEqual(again.run.tail.seq, 3);
  });

  test("a key with another fingerprint is a conflict and makes nothing", async ({ store }) => {
    const first = await store.createRun(request);
    assert(first.outcome === "created");
    const other = { ...request, idempotency: { key: "key", fingerprint: "two" } };
    assertEqual(await store.createRun(other), { outcome: "conflict", runId: first.run.runId });
    assertEqual((await store.listRuns({ limit: 10 })).runs.length, 1);
  });

  test("a key belongs to its workflow", async ({ store }) => {
    const first = await store.createRun(request);
    const other = await store.createRun({ ...request, workflow: "poem" });
    assert(first.outcome === "created" && other.outcome === "created");
    assertNotEqual(first.run.runId, other.run.runId);
  });

  test("one of many that come at once makes the run", async ({ store, other }) => {
    const stores = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : other));
    const results = await Promise.all(stores.map((each) => each.createRun(request)));
    const ids = results.map((result) => (result.outcome === "conflict" ? "" : result.run.runId));
    assertEqual(new Set(ids).size, 1);
    assertEqual(results.filter(({ outcome }) => outcome === "created").length, 1);
    assertEqual((await store.listRuns({ limit: 10 })).runs.length, 1);
  });

  test("an unknown run is not there", async ({ store }) => {
    assertEqual(await store.readRun("unknown"), undefined);
  });
}
