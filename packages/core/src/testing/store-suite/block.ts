import { deepStrictEqual as assertEqual, rejects as assertRejects } from "node:assert/strict";
import { hasCode } from "../../errors/alder-error.ts";
import { blocking, cancelled, idsOf, next, note, say, typesOf, type DeclareTest } from "./scene.ts";

const go = { id: "1", name: "go", payload: null };

export function testBlock(test: DeclareTest): void {
  test("writes, and gives the run to nobody", async ({ store, own, run, events, claim, loseOwners }) => {
    const owned = await own();
    const { runId } = owned.token;
    assertEqual((await store.block(blocking(owned, note("a")))).outcome, "written");
    assertEqual(typesOf(await events(runId)).slice(2), ["step.completed", "run.blocked"]);
    const { status, endedAt } = await run(runId);
    assertEqual([status, endedAt], ["blocked", null]);
    // It has no lease that could expire, and no timer.
    await loseOwners();
    assertEqual(idsOf(await claim()), []);
    assertEqual(await store.append({ ...next(owned, say("a")), after: 4 }), { outcome: "fenced" });
  });

  test("a signal is kept, and makes the run not ready", async ({ store, own, claim, claimOne }) => {
    const owned = await own();
    const { runId } = owned.token;
    await store.block(blocking(owned));
    assertEqual(await store.sendSignal(runId, go), "accepted");
    assertEqual(idsOf(await claim()), []);
    await store.unblockRuns(["default"]);
    assertEqual((await claimOne()).signals.length, 1);
  });

  test("a cancel ends a blocked run at once", async ({ store, own, run }) => {
    const owned = await own();
    const { runId } = owned.token;
    await store.block(blocking(owned));
    assertEqual(await store.requestCancel(runId), "cancelled");
    const { status, tail } = await run(runId);
    assertEqual([status, tail.fence], ["cancelled", 0]);
    assertEqual(await store.acceptRun(runId), "not_blocked");
    assertEqual(await store.unblockRuns(["default"]), 0);
  });

  test("a run whose cancel was asked before is ended by the store, after these records", async (scene) => {
    const { store, own, events } = scene;
    const owned = await own();
    const { runId } = owned.token;
    await store.requestCancel(runId);
    const first = await store.block(blocking(owned));
    assertEqual(first.outcome, "written");
    assertEqual(await store.block(blocking(owned)), first);
    assertEqual(typesOf(await events(runId)).slice(2), ["run.blocked", "run.cancelled"]);
    assertEqual(await store.finish(cancelled(owned)), { outcome: "fenced" });
  });

  test("is acknowledged again, also once the run was accepted, until it was taken", async (scene) => {
    const { store, own, claimOne, advance } = scene;
    const owned = await own();
    const { runId } = owned.token;
    const first = await store.block(blocking(owned));
    await advance(5);
    assertEqual(await store.block(blocking(owned)), first);
    assertEqual(await store.acceptRun(runId), "accepted");
    assertEqual(await store.block(blocking(owned)), first);
    await claimOne();
    assertEqual(await store.block(blocking(owned)), { outcome: "fenced" });
  });

  test("of a stale owner is rejected whole", async ({ store, own, loseOwners, claimOne, run }) => {
    const stale = await own();
    await loseOwners();
    await claimOne();
    assertEqual(await store.block(blocking(stale)), { outcome: "fenced" });
    assertEqual((await run(stale.token.runId)).status, "running");
  });

  test("refuses records that do not say so", async ({ store, own }) => {
    const owned = await own();
    await assertRejects(store.block(next(owned, say("a"))), (error) => hasCode(error, "store_misuse"));
    await assertRejects(store.block(next(owned)), (error) => hasCode(error, "store_misuse"));
  });

  test("unblockRuns makes the blocked runs of its queues ready, and writes nothing", async (scene) => {
    const { store, own, claim, events } = scene;
    const here = await own();
    await store.block(blocking(here));
    const there = await own({ queue: "other" });
    await store.block(blocking(there));
    const before = await events(here.token.runId);
    assertEqual(await store.unblockRuns([]), 0);
    assertEqual(await store.unblockRuns(["default", "default", "unknown"]), 1);
    assertEqual(await store.unblockRuns(["default"]), 0);
    assertEqual(await events(here.token.runId), before);
    const { claims } = await claim({ queues: ["default", "other"] });
    assertEqual(idsOf({ claims, alone: 0 }), [here.token.runId]);
    assertEqual([claims[0]?.execution, claims[0]?.recoveries], [2, 0]);
    // Taken, and blocked once more.
    await store.block(blocking({ ...here, ...claims[0]! }));
    assertEqual(await store.unblockRuns(["other", "default"]), 2);
  });
}
