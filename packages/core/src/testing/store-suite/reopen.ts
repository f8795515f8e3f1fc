import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import { blocking, cancelled, completed, failed, idsOf, next, note, say, waiting } from "./scene.ts";
import type { DeclareTest } from "./scene.ts";

export function testAccept(test: DeclareTest): void {
  test("writes the decision as an entry and makes the run ready", async (scene) => {
    const { store, own, run, events, claimOne } = scene;
    const owned = await own();
    const { runId } = owned.token;
    await store.append(next(owned, note("a")));
    await store.block(blocking({ ...owned, tail: 3 }));
    assertEqual(await store.acceptRun(runId), "accepted");
    const { status, tail, updatedAt } = await run(runId);
    assertEqual([status, tail], ["queued", { seq: 5, fence: 0 }]);
    const queued = { type: "run.queued", workflow: "article", reason: "accepted" };
    assertEqual((await events(runId)).at(-1), { seq: 5, fence: 0, at: updatedAt, ...queued });
    const again = await claimOne();
    assertEqual([again.token.runId, again.recoveries], [runId, 0]);
    const entries = again.journal.map(({ seq, entry }) => [seq, (entry as { t: string }).t]);
    assertEqual(entries, [
      [2, "claimed"],
      [3, "ok"],
      [5, "accepted"],
      [6, "claimed"],
    ]);
  });

  test("decides once, also when two do at the same moment", async ({ store, other, own, run }) => {
    for (let round = 0; round < 10; round++) {
      const owned = await own();
      const { runId } = owned.token;
      await store.block(blocking(owned));
      const outcomes = await Promise.all([store.acceptRun(runId), other.acceptRun(runId)]);
      assertEqual(outcomes.toSorted(), ["accepted", "not_blocked"]);
      assertEqual((await run(runId)).tail.seq, 4);
      await store.requestCancel(runId);
    }
  });

  test("is possible while a blocked run waits for another build, not once it was taken", async (scene) => {
    const { store, own, claimOne } = scene;
    const owned = await own();
    const { runId } = owned.token;
    await store.block(blocking(owned));
    await store.unblockRuns(["default"]);
    assertEqual(await store.acceptRun(runId), "accepted");
    await claimOne();
    assertEqual(await store.acceptRun(runId), "not_blocked");
  });

  test("says so of a run that is not blocked, and changes nothing", async (scene) => {
    const { store, create, claimOne, run } = scene;
    const runId = await create();
    const stays = async (): Promise<void> => {
      const before = await run(runId);
      assertEqual(await store.acceptRun(runId), "not_blocked");
      assertEqual(await run(runId), before);
    };
    await stays();
    const owned = await claimOne();
    await stays();
    await store.park(waiting(owned));
    await stays();
    await store.requestCancel(runId);
    await stays();
    assertEqual(await store.acceptRun("unknown"), "unknown_run");
  });
}

export function testRetry(test: DeclareTest): void {
  test("reopens a failed run, with the decision as an entry", async (scene) => {
    const { store, own, run, events, claimOne } = scene;
    const owned = await own();
    const { runId } = owned.token;
    await store.append(next(owned, note("a")));
    await store.finish(failed({ ...owned, tail: 3 }));
    assertEqual(await store.retryRun(runId), "retried");
    const { status, endedAt, tail, updatedAt } = await run(runId);
    assertEqual([status, endedAt, tail], ["queued", null, { seq: 5, fence: 0 }]);
    const queued = { type: "run.queued", workflow: "article", reason: "retried" };
    assertEqual((await events(runId)).at(-1), { seq: 5, fence: 0, at: updatedAt, ...queued });
    const again = await claimOne();
    assertEqual([again.token.runId, again.execution, again.cancelRequested], [runId, 2, false]);
    const entries = again.journal.map(({ entry }) => (entry as { t: string }).t);
    assertEqual(entries, ["claimed", "ok", "failed", "retried", "claimed"]);
    assertEqual((await store.finish(completed(again))).outcome, "written");
    assertEqual(await store.retryRun(runId), "completed");
  });

  test("reopens a cancelled run, and the cancel is taken back", async ({ store, own, claimOne, run }) => {
    const owned = await own();
    const { runId } = owned.token;
    await store.requestCancel(runId);
    await store.append(next(owned, { event: { type: "run.cancelling" }, entry: { t: "cancel" } }));
    await store.finish(cancelled({ ...owned, tail: 3 }));
    assertEqual(await store.retryRun(runId), "retried");
    const again = await claimOne();
    assertEqual([again.cancelRequested, (await run(runId)).status], [false, "running"]);
    assertEqual((await store.finish(completed(again))).outcome, "written");
  });

  test("reopens a run that the store itself has cancelled", async ({ store, create, claimOne }) => {
    const runId = await create();
    await store.requestCancel(runId);
    assertEqual(await store.retryRun(runId), "retried");
    const claim = await claimOne();
    assertEqual([claim.cancelRequested, claim.tail], [false, 4]);
  });

  test("forgets the owners that were lost", async ({ store, create, claim, claimOne, loseOwners }) => {
    await create();
    for (let times = 0; times < 3; times++) {
      await claimOne();
      await loseOwners();
    }
    const last = await claimOne();
    assertEqual([last.recoveries, last.alone], [3, true]);
    await store.finish(failed(last));
    await store.retryRun(last.token.runId);
    const { claims, alone } = await claim({ idle: false });
    assertEqual([alone, claims[0]?.recoveries, claims[0]?.alone], [0, 0, false]);
  });

  test("decides once, also when two do at the same moment", async ({ store, other, own, run }) => {
    for (let round = 0; round < 10; round++) {
      const owned = await own();
      const { runId } = owned.token;
      await store.finish(failed(owned));
      const outcomes = await Promise.all([store.retryRun(runId), other.retryRun(runId)]);
      assertEqual(outcomes.toSorted(), ["retried", "unfinished"]);
      assertEqual((await run(runId)).tail.seq, 4);
      await store.requestCancel(runId);
    }
  });

  test("says so of a run that has not ended, or has nothing to try again", async (scene) => {
    const { store, create, claimOne, run } = scene;
    const runId = await create();
    const stays = async (expected: "unfinished" | "completed"): Promise<void> => {
      const before = await run(runId);
      assertEqual(await store.retryRun(runId), expected);
      assertEqual(await run(runId), before);
    };
    await stays("unfinished");
    const first = await claimOne();
    await stays("unfinished");
    await store.block(blocking(first));
    await stays("unfinished");
    await store.unblockRuns(["default"]);
    await store.finish(completed(await claimOne()));
    await stays("completed");
    assertEqual(await store.retryRun("unknown"), "unknown_run");
  });

  test("the end that was taken back is acknowledged again, and nothing else of its owner", async (scene) => {
    const { store, own, claimOne, run } = scene;
    const owned = await own();
    const { runId } = owned.token;
    const first = await store.finish(failed(owned));
    await store.retryRun(runId);
    assertEqual(await store.finish(failed(owned)), first);
    assertEqual(await store.append({ ...next(owned, say("late")), after: 4 }), { outcome: "fenced" });
    await claimOne();
    assertEqual(await store.finish(failed(owned)), { outcome: "fenced" });
    assertEqual((await run(runId)).status, "running");
  });

  test("a reopened run takes signals, and is not deleted as ended", async (scene) => {
    const { store, own, claim, advance } = scene;
    const owned = await own();
    const { runId } = owned.token;
    await store.finish(failed(owned));
    await store.retryRun(runId);
    await advance(50);
    assertEqual(await store.deleteEnded(0), 0);
    const signal = { id: "1", name: "go", payload: null };
    assertEqual(await store.sendSignal(runId, signal), "accepted");
    const { claims } = await claim();
    assertEqual(idsOf({ claims, alone: 0 }), [runId]);
    assert(claims[0]);
    await store.finish(failed(claims[0]));
    await advance(50);
    assertEqual(await store.deleteEnded(0), 1);
  });
}
