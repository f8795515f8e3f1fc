import { deepStrictEqual as assertEqual } from "node:assert/strict";
import type { RunToken } from "../../store/store.ts";
import {
  completed,
  idsOf,
  LEASE_MS,
  next,
  say,
  waiting,
  workerInfo,
  type Scene,
  type DeclareTest,
} from "./scene.ts";

/** The same signs of life from a worker, again and again. */
const beat = ({ store }: Scene, ...tokens: readonly RunToken[]) =>
  store.heartbeat({ worker: workerInfo("worker"), tokens, leaseMs: LEASE_MS });

export function testLeases(test: DeclareTest): void {
  test("a lease that is renewed does not expire", async (scene) => {
    const { store, own, advance, claim } = scene;
    const { token } = await own();
    for (let times = 0; times < 4; times++) {
      await advance(LEASE_MS / 2);
      assertEqual((await beat(scene, token)).lost, []);
      assertEqual(await store.reap(), { expired: 0, due: 0 });
    }
    assertEqual(idsOf(await claim()), []);
    await advance(LEASE_MS + 1);
    assertEqual(await store.reap(), { expired: 1, due: 0 });
    assertEqual(idsOf(await claim()), [token.runId]);
  });

  test("a lease that has expired unnoticed is renewed", async (scene) => {
    const { store, own, advance } = scene;
    const claim = await own();
    const { runId } = claim.token;
    await advance(LEASE_MS + 1);
    assertEqual(await beat(scene, claim.token), {
      lost: [],
      held: [{ runId, signals: 0, cancelRequested: false }],
    });
    assertEqual(await store.reap(), { expired: 0, due: 0 });
    assertEqual((await store.append(next(claim, say("a")))).outcome, "written");
  });

  test("the runs of a worker that is known to be dead are ready at once, and no others", async (scene) => {
    const { store, own, create, claim, claimOne } = scene;
    await create();
    const dead = await claimOne({ worker: "dead" });
    const alive = await own();
    await store.heartbeat({ worker: workerInfo("dead"), tokens: [dead.token], leaseMs: LEASE_MS });
    assertEqual(await store.buryWorker("nobody"), { expired: 0, due: 0 });
    assertEqual(await store.buryWorker("dead"), { expired: 1, due: 0 });
    assertEqual(await store.listWorkers(), []);
    // Should it be alive after all: its writes are rejected (E8).
    assertEqual((await store.append(next(dead, say("late")))).outcome, "fenced");
    assertEqual((await store.append(next(alive, say("here")))).outcome, "written");
    const { claims } = await claim();
    assertEqual(
      claims.map(({ token, recoveries }) => [token.runId, recoveries]),
      [[dead.token.runId, 1]],
    );
  });

  test("tells which runs were lost, and what came for the others", async (scene) => {
    const { store, own, loseOwners } = scene;
    const lost = await own();
    await loseOwners();
    await scene.claimOne();
    const [held, parked, released, finished] = [await own(), await own(), await own(), await own()];
    await store.park(waiting(parked));
    await store.finish(completed(finished));
    await store.release(next(released));
    await store.sendSignal(held.token.runId, { id: "1", name: "go", payload: null });
    await store.sendSignal(held.token.runId, { id: "2", name: "go", payload: null });
    await store.requestCancel(held.token.runId);
    const tokens = [lost, held, parked, released, finished].map(({ token }) => token);
    const result = await beat(scene, ...tokens, { runId: "unknown", fence: 1 });
    const gone = [lost, parked, released, finished].map(({ token }) => token.runId);
    assertEqual(result.lost.toSorted(), [...gone, "unknown"].toSorted());
    assertEqual(result.held, [{ runId: held.token.runId, signals: 2, cancelRequested: true }]);
  });

  test("each lost run is noticed once, by however many", async ({ store, other, create, claim, advance }) => {
    for (let index = 0; index < 10; index++) await create();
    await claim();
    await advance(LEASE_MS + 1);
    const results = await Promise.all([store.reap(), other.reap(), store.reap(), other.reap()]);
    assertEqual(
      results.reduce((sum, { expired }) => sum + expired, 0),
      10,
    );
    const { claims } = await claim();
    assertEqual(new Set(claims.map(({ recoveries }) => recoveries)), new Set([1]));
    assertEqual(claims.length, 10);
  });

  test("leases are as long as they were asked for", async ({ store, create, claimOne, advance }) => {
    await create();
    await create();
    await claimOne({ leaseMs: LEASE_MS });
    const long = await claimOne({ leaseMs: LEASE_MS * 100 });
    await advance(LEASE_MS + 1);
    assertEqual(await store.reap(), { expired: 1, due: 0 });
    assertEqual((await store.append(next(long, say("a")))).outcome, "written");
  });
}
