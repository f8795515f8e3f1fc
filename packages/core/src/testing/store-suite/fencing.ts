import { deepStrictEqual as assertEqual, ok as assert, rejects as assertRejects } from "node:assert/strict";
import { hasCode } from "../../errors/alder-error.ts";
import type { Claim } from "../../store/store.ts";
import {
  completed,
  next,
  note,
  say,
  waiting,
  workerInfo,
  LEASE_MS,
  type Scene,
  type DeclareTest,
} from "./scene.ts";

export function testFencing(test: DeclareTest): void {
  test("events follow one another under the owner's fence and one time", async ({
    store,
    own,
    events,
    run,
  }) => {
    const claim = await own();
    const first = await store.append(next(claim, say("a"), note("b")));
    const second = await store.append({ ...next(claim, say("c")), after: 4 });
    assert(first.outcome === "written" && second.outcome === "written");
    const { runId, fence } = claim.token;
    assertEqual((await events(runId)).slice(2), [
      { seq: 3, fence, at: first.at, ...say("a").event },
      { seq: 4, fence, at: first.at, ...note("b").event },
      { seq: 5, fence, at: second.at, ...say("c").event },
    ]);
    const { tail, updatedAt } = await run(runId);
    assertEqual([tail, updatedAt], [{ seq: 5, fence }, second.at]);
  });

  test("nothing to write is written, too", async ({ store, own, run }) => {
    const claim = await own();
    assertEqual((await store.append(next(claim))).outcome, "written");
    assertEqual((await run(claim.token.runId)).tail.seq, 2);
  });

  test("what comes after events that are not there is a gap", async ({ store, own, run }) => {
    const claim = await own();
    const early = { ...next(claim, say("a")), after: 5 };
    assertEqual(await store.append(early), { outcome: "gap", tail: 2 });
    assertEqual(await store.park({ ...waiting(claim), after: 5 }), { outcome: "gap", tail: 2 });
    assertEqual(await store.finish({ ...completed(claim), after: 5 }), { outcome: "gap", tail: 2 });
    assertEqual((await run(claim.token.runId)).tail.seq, 2);
  });

  test("what comes after an event that others follow is rejected whole", async ({ store, own, run }) => {
    const claim = await own();
    assertEqual(await store.append({ ...next(claim, say("a")), after: 0 }), { outcome: "fenced" });
    assertEqual(await store.append({ ...next(claim, say("a")), after: 1 }), { outcome: "fenced" });
    await store.append(next(claim, say("a")));
    assertEqual(await store.append(next(claim, say("something else"))), { outcome: "fenced" });
    // One of them would be a repetition, the other new.
    assertEqual(await store.append(next(claim, say("a"), say("b"))), { outcome: "fenced" });
    assertEqual((await run(claim.token.runId)).tail.seq, 3);
  });

  test("whoever has lost the run writes nothing more", async (scene) => {
    const stale = await scene.own();
    await scene.loseOwners();
    await assertFencedOut(scene, stale);
    const owner = await scene.claimOne();
    await assertFencedOut(scene, stale);
    await assertFencedOut(scene, { ...stale, tail: owner.tail });
    assertEqual((await scene.store.append(next(owner, say("mine")))).outcome, "written");
  });

  test("a fence that was never given owns nothing", async (scene) => {
    const claim = await scene.own();
    const { runId, fence } = claim.token;
    await assertFencedOut(scene, { ...claim, token: { runId, fence: fence + 1 } });
    await assertFencedOut(scene, { ...claim, token: { runId, fence: 0 } });
  });

  test("a run that is not there is owned by nobody", async ({ store, own }) => {
    const claim = { ...(await own()), token: { runId: "unknown", fence: 1 } };
    assertEqual(await store.append(next(claim, say("a"))), { outcome: "fenced" });
    assertEqual(await store.finish(completed(claim)), { outcome: "fenced" });
  });

  test("an owner whose lease has expired writes until somebody notices", async ({ store, own, advance }) => {
    const claim = await own();
    await advance(LEASE_MS + 1);
    assertEqual((await store.append(next(claim, say("late")))).outcome, "written");
  });

  test("of two that both think they own it only one ever writes", async ({
    store,
    other,
    own,
    loseOwners,
    claimOne,
    events,
  }) => {
    const stale = await own();
    await loseOwners();
    const owner = await claimOne();
    const writes = Array.from({ length: 10 }, async (_, index) => {
      const mine = await store.append({ ...next(owner, say(`mine ${index}`)), after: owner.tail + index });
      const theirs = await other.append({ ...next(stale, say("theirs")), after: owner.tail + index });
      return [mine.outcome, theirs.outcome];
    });
    assertEqual(new Set((await Promise.all(writes)).map(([, theirs]) => theirs)), new Set(["fenced"]));
    const written = (await events(stale.token.runId)).filter(({ type }) => type === "status");
    assertEqual(new Set(written.map(({ fence }) => fence)), new Set([owner.token.fence]));
  });

  test("a run is ended by `finish` alone", async ({ store, own, run }) => {
    const claim = await own();
    const end = { event: { type: "run.completed", output: null } } as const;
    for (const attempt of [
      () => store.append(next(claim, end)),
      () => store.release(next(claim, end)),
      () => store.park({ ...waiting(claim), records: [end] }),
      () => store.finish({ ...completed(claim), records: [say("a")] }),
      () => store.finish({ ...completed(claim), records: [end, say("a")] }),
      () => store.finish({ ...completed(claim), status: "failed" }),
    ]) {
      await assertRejects(attempt, (error) => hasCode(error, "store_misuse"));
    }
    assertEqual((await run(claim.token.runId)).tail.seq, 2);
  });
}

async function assertFencedOut({ store, run }: Scene, claim: Claim): Promise<void> {
  const { runId } = claim.token;
  const before = await run(runId);
  assertEqual(await store.append(next(claim, say("stale"))), { outcome: "fenced" });
  assertEqual(await store.append(next(claim)), { outcome: "fenced" });
  assertEqual(await store.park(waiting(claim)), { outcome: "fenced" });
  assertEqual(await store.park({ ...waiting(claim), records: [] }), { outcome: "fenced" });
  assertEqual(await store.release(next(claim, say("stale"))), { outcome: "fenced" });
  assertEqual(await store.release(next(claim)), { outcome: "fenced" });
  assertEqual(await store.finish(completed(claim)), { outcome: "fenced" });
  const beat = { worker: workerInfo("stale"), tokens: [claim.token], leaseMs: LEASE_MS };
  assertEqual(await store.heartbeat(beat), { lost: [runId], held: [] });
  assertEqual(await run(runId), before);
}
