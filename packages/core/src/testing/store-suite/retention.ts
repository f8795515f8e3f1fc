import { deepStrictEqual as assertEqual, notEqual as assertNotEqual, ok as assert } from "node:assert/strict";
import { START } from "../../protocol/cursor.ts";
import type { Store } from "../../store/store.ts";
import { completed, next, note, waiting, type DeclareTest } from "./scene.ts";

const AGE_MS = 50;

export function testRetention(test: DeclareTest): void {
  test("a run that ended long enough ago is gone with all that was its own", async (scene) => {
    const { store, claimOne, advance } = scene;
    const idempotency = { key: "key", fingerprint: "one" };
    const given = { tenant: "acme", tags: ["import", "nightly"] };
    const request = { workflow: "article", queue: "default", input: {}, idempotency, ...given };
    const created = await store.createRun(request);
    assert(created.outcome === "created");
    const { runId } = created.run;
    const claim = await claimOne();
    await store.sendSignal(runId, { id: "1", name: "go", payload: null });
    await store.append(next(claim, note("a"), note("b")));
    await store.finish({ ...completed(claim), after: 4 });
    assertEqual(await store.deleteEnded(3_600_000), 0);
    await advance(AGE_MS);
    assertEqual(await store.deleteEnded(AGE_MS), 1);
    assertEqual(await store.deleteEnded(AGE_MS), 0);
    assertEqual(await store.readRun(runId), undefined);
    assertEqual(await store.readEvents(runId, START, 10), { outcome: "unknown_run" });
    assertEqual(await store.readSignals(runId, 0), []);
    assertEqual(await store.sendSignal(runId, { id: "2", name: "go", payload: null }), "unknown_run");
    for (const filter of [{}, { tenant: "acme" }, { tag: "import" }, { tenant: "acme", tag: "nightly" }])
      assertEqual((await store.listRuns({ ...filter, limit: 10 })).runs, []);
    assertEqual(await store.finish({ ...completed(claim), after: 4 }), { outcome: "fenced" });
    // Its key is free again.
    const again = await store.createRun(request);
    assert(again.outcome === "created");
    assertNotEqual(again.run.runId, runId);
    assertEqual((await scene.events(again.run.runId)).length, 1);
    assertEqual((await claimOne()).journal.length, 1);
  });

  test("runs that go on stay, however old", async ({ store, own, create, advance }) => {
    const parked = await own();
    await store.park(waiting(parked));
    await own();
    await create();
    await advance(AGE_MS);
    assertEqual(await store.deleteEnded(0), 0);
    assertEqual((await store.listRuns({ limit: 10 })).runs.length, 3);
  });

  test("many are deleted in several calls, the others stay as they are", async ({
    store,
    create,
    own,
    events,
  }) => {
    const kept = await own({ queue: "kept" });
    await store.append(next(kept, note("a")));
    const before = await events(kept.token.runId);
    const ids = await Promise.all(Array.from({ length: 250 }, () => create()));
    await Promise.all(ids.map((runId) => store.requestCancel(runId)));
    assertEqual(await deleteAll(store), 250);
    assertEqual(
      (await store.listRuns({ limit: 10 })).runs.map(({ runId }) => runId),
      [kept.token.runId],
    );
    assertEqual(await events(kept.token.runId), before);
  });
}

async function deleteAll(store: Store): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await store.deleteEnded(0);
    if (deleted === 0) return total;
    total += deleted;
  }
}
