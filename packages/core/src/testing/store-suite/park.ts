import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import { idsOf, LEASE_MS, next, say, typesOf, waiting, type DeclareTest } from "./scene.ts";

const go = { id: "1", name: "go", payload: null };

export function testPark(test: DeclareTest): void {
  test("writes, and gives the run to nobody", async ({ store, own, run, events, claim, loseOwners }) => {
    const owned = await own();
    const { runId } = owned.token;
    assertEqual((await store.park(waiting(owned))).outcome, "written");
    assertEqual(typesOf(await events(runId)), ["run.queued", "run.started", "run.waiting"]);
    assertEqual((await run(runId)).status, "waiting");
    assertEqual(idsOf(await claim()), []);
    // It has no lease that could expire.
    await loseOwners();
    assertEqual(idsOf(await claim()), []);
  });

  test("a signal makes the run ready at once", async ({ store, own, claim }) => {
    const owned = await own();
    await store.park(waiting(owned, { wakeAt: (await store.now()) + 3_600_000 }));
    await store.sendSignal(owned.token.runId, go);
    const { claims } = await claim();
    assertEqual(claims[0]?.token.runId, owned.token.runId);
    assertEqual(
      claims[0]?.signals.map(({ id }) => id),
      ["1"],
    );
  });

  test("a timer makes the run ready when it is due, not before", async ({ store, own, claim, advance }) => {
    const owned = await own();
    const wakeAt = (await store.now()) + LEASE_MS;
    await store.park(waiting(owned, { wakeAt }));
    assertEqual(await store.reap(), { expired: 0, due: 0 });
    assertEqual(idsOf(await claim()), []);
    await advance(LEASE_MS);
    assertEqual(await store.reap(), { expired: 0, due: 1 });
    assertEqual(await store.reap(), { expired: 0, due: 0 });
    const { claims } = await claim();
    assertEqual([claims[0]?.execution, claims[0]?.recoveries], [2, 0]);
  });

  test("a run that a signal has woken is not woken by its timer again", async ({
    store,
    own,
    claimOne,
    advance,
  }) => {
    const owned = await own();
    const wakeAt = (await store.now()) + 10;
    await store.park(waiting(owned, { wakeAt }));
    await store.sendSignal(owned.token.runId, go);
    await advance(20);
    assertEqual(await store.reap(), { expired: 0, due: 0 });
    const again = await claimOne();
    assertEqual(await store.reap(), { expired: 0, due: 0 });
    assertEqual((await store.append(next(again, say("a")))).outcome, "written");
  });

  test("a signal that the owner has not seen is news: nothing is written, the run stays owned", async (scene) => {
    const { store, own, run, claim } = scene;
    const owned = await own();
    const { runId } = owned.token;
    await store.sendSignal(runId, go);
    const before = await run(runId);
    assertEqual(await store.park(waiting(owned)), { outcome: "news" });
    assertEqual(await run(runId), before);
    assertEqual(idsOf(await claim()), []);
    assertEqual((await store.append(next(owned, say("a")))).outcome, "written");
    const parked = await store.park(waiting(owned, { after: 3, signalsSeen: 1 }));
    assertEqual(parked.outcome, "written");
    assertEqual(idsOf(await claim()), []);
  });

  test("a cancel is news", async ({ store, own, run }) => {
    const owned = await own();
    await store.requestCancel(owned.token.runId);
    assertEqual(await store.park(waiting(owned)), { outcome: "news" });
    assertEqual((await run(owned.token.runId)).status, "running");
  });

  test("a signal that comes at the same moment is never missed", async ({ store, other, own, claim }) => {
    for (let round = 0; round < 20; round++) {
      const owned = await own();
      const { runId } = owned.token;
      const [parked, sent] = await Promise.all(
        round % 2 === 0
          ? [store.park(waiting(owned)), other.sendSignal(runId, go)]
          : [other.park(waiting(owned)), store.sendSignal(runId, go)],
      );
      assertEqual(sent, "accepted");
      assert(parked.outcome === "news" || parked.outcome === "written");
      const { claims } = await claim();
      assertEqual(idsOf({ claims, alone: 0 }), parked.outcome === "news" ? [] : [runId]);
      for (const { token, tail } of claims) {
        await store.park(waiting({ ...owned, token, tail }, { signalsSeen: 1 }));
      }
    }
  });

  test("release writes, and makes the run ready at once", async ({ store, own, events, claim, run }) => {
    const owned = await own();
    const { runId } = owned.token;
    const handedOver = { event: { type: "run.queued", workflow: "article", reason: "handed_over" } } as const;
    assertEqual((await store.release(next(owned, handedOver))).outcome, "written");
    assertEqual((await run(runId)).status, "queued");
    assertEqual(idsOf(await claim()), [runId]);
    assertEqual(typesOf(await events(runId)), ["run.queued", "run.started", "run.queued", "run.started"]);
  });
}
