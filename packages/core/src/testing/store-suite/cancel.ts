import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import {
  cancelled,
  completed,
  idsOf,
  LEASE_MS,
  next,
  say,
  typesOf,
  waiting,
  workerInfo,
  type Scene,
  type DeclareTest,
} from "./scene.ts";

export function testCancel(test: DeclareTest): void {
  test("a queued run is ended by the store itself", async (scene) => {
    const runId = await scene.create();
    assertEqual(await scene.store.requestCancel(runId), "cancelled");
    await assertCancelledByStore(scene, runId);
  });

  test("a parked run is ended by the store itself", async (scene) => {
    const { store, own, advance } = scene;
    const claim = await own();
    await store.park(waiting(claim, { wakeAt: (await store.now()) + 10 }));
    assertEqual(await store.requestCancel(claim.token.runId), "cancelled");
    await advance(20);
    assertEqual(await store.reap(), { expired: 0, due: 0 });
    await assertCancelledByStore(scene, claim.token.runId);
  });

  test("a released run, a woken one and one whose owner was lost are ended by the store itself", async (scene) => {
    const { store, own, loseOwners } = scene;
    const released = await own();
    await store.release(next(released));
    assertEqual(await store.requestCancel(released.token.runId), "cancelled");
    await assertCancelledByStore(scene, released.token.runId);
    const woken = await own();
    await store.park(waiting(woken));
    await store.sendSignal(woken.token.runId, { id: "1", name: "go", payload: null });
    assertEqual(await store.requestCancel(woken.token.runId), "cancelled");
    await assertCancelledByStore(scene, woken.token.runId);
    const lost = await own();
    await loseOwners();
    assertEqual(await store.requestCancel(lost.token.runId), "cancelled");
    await assertCancelledByStore(scene, lost.token.runId);
  });

  test("the owner of a running run is asked, and the stream stays as it is", async (scene) => {
    const { store, own, run, events } = scene;
    const claim = await own();
    const { runId } = claim.token;
    assertEqual(await store.requestCancel(runId), "requested");
    assertEqual(await store.requestCancel(runId), "requested");
    const { status, cancelRequested } = await run(runId);
    assertEqual([status, cancelRequested], ["running", true]);
    assertEqual(typesOf(await events(runId)), ["run.queued", "run.started"]);
    const beat = { worker: workerInfo("w"), tokens: [claim.token], leaseMs: LEASE_MS };
    assertEqual((await store.heartbeat(beat)).held, [{ runId, signals: 0, cancelRequested: true }]);
    assertEqual((await store.append(next(claim, say("cleaning up")))).outcome, "written");
  });

  test("wins over any other end that is not written yet", async ({ store, own, run }) => {
    const claim = await own();
    const { runId } = claim.token;
    await store.requestCancel(runId);
    const error = { name: "Error", message: "no", code: null, step: null };
    const failure = [{ event: { type: "run.failed", error } }] as const;
    assertEqual(await store.finish(completed(claim)), { outcome: "cancelling" });
    const failed = { ...completed(claim), records: failure, status: "failed" } as const;
    assertEqual(await store.finish(failed), { outcome: "cancelling" });
    assertEqual((await run(runId)).tail.seq, 2);
    const cancelling = { event: { type: "run.cancelling" } } as const;
    await store.append(next(claim, cancelling));
    assertEqual((await store.finish(cancelled(claim, { after: 3 }))).outcome, "written");
    assertEqual((await run(runId)).status, "cancelled");
  });

  test("comes too late once the end is written", async ({ store, own, run }) => {
    const claim = await own();
    const { runId } = claim.token;
    await store.finish(completed(claim));
    assertEqual(await store.requestCancel(runId), "ended");
    assertEqual((await run(runId)).status, "completed");
    assertEqual((await store.finish(completed(claim))).outcome, "written");
  });

  test("at the same moment as the end, one of them wins", async ({ store, other, own, run }) => {
    for (let round = 0; round < 20; round++) {
      const claim = await own();
      const { runId } = claim.token;
      const [end, cancel] = await Promise.all(
        round % 2 === 0
          ? [store.finish(completed(claim)), other.requestCancel(runId)]
          : [other.finish(completed(claim)), store.requestCancel(runId)],
      );
      const { status } = await run(runId);
      assert(end.outcome === "written" || end.outcome === "cancelling");
      const expected = end.outcome === "written" ? ["completed", "ended"] : ["running", "requested"];
      assertEqual([status, cancel], expected);
      if (status === "running") await store.finish(cancelled(claim));
    }
  });

  test("an owner whose lease has expired does not execute: the store ends the run", async (scene) => {
    const { store, own, advance, run } = scene;
    const claim = await own();
    const { runId } = claim.token;
    await advance(LEASE_MS + 1);
    assertEqual(await store.requestCancel(runId), "cancelled");
    await assertCancelledByStore(scene, runId);
    const before = await run(runId);
    assertEqual(await store.append(next(claim, say("late"))), { outcome: "fenced" });
    assertEqual(await store.finish(cancelled(claim)), { outcome: "fenced" });
    assertEqual(await run(runId), before);
  });

  test("a run that is lost after its cancel was asked is ended by the store", async (scene) => {
    const claim = await scene.own();
    await scene.store.requestCancel(claim.token.runId);
    await scene.loseOwners();
    await assertCancelledByStore(scene, claim.token.runId);
  });

  test("a run that is handed over after its cancel was asked is ended by the store", async (scene) => {
    const { store, own } = scene;
    const claim = await own();
    await store.requestCancel(claim.token.runId);
    const input = next(claim, say("bye"));
    const first = await store.release(input);
    assertEqual(first.outcome, "written");
    assertEqual(await store.release(input), first);
    await assertCancelledByStore(scene, claim.token.runId);
  });

  test("of a run that has ended, or is unknown, is told so", async ({ store, create }) => {
    const runId = await create();
    await store.requestCancel(runId);
    assertEqual(await store.requestCancel(runId), "ended");
    assertEqual(await store.requestCancel("unknown"), "unknown_run");
  });
}

async function assertCancelledByStore({ run, events, claim }: Scene, runId: string): Promise<void> {
  const { status, endedAt, tail, cancelRequested } = await run(runId);
  const last = (await events(runId)).at(-1)!;
  assertEqual(last, { seq: tail.seq, fence: 0, at: endedAt, type: "run.cancelled" });
  assertEqual([status, tail.fence, cancelRequested], ["cancelled", 0, true]);
  assertEqual(idsOf(await claim()), []);
}
