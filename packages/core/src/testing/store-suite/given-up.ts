import { deepStrictEqual as assertEqual } from "node:assert/strict";
import type { RunToken } from "../../store/store.ts";
import {
  idsOf,
  LEASE_MS,
  next,
  note,
  say,
  typesOf,
  workerInfo,
  type DeclareTest,
  type Scene,
} from "./scene.ts";

/** A worker that lives tells that it had to give these up. */
const tell = ({ store }: Scene, ...givenUp: readonly RunToken[]) =>
  store.heartbeat({ worker: workerInfo("worker"), tokens: [], givenUp, leaseMs: LEASE_MS });

export function testGivenUp(test: DeclareTest): void {
  test("a loss whose owner lives to tell of it does not speak against the run", async (scene) => {
    // Three times, as in outages of the store: it would be executed alone by now.
    await scene.create();
    for (let outage = 0; outage < 3; outage++) {
      const { token, recoveries, alone } = await scene.claimOne();
      assertEqual([recoveries, alone], [0, false]);
      await scene.loseOwners();
      assertEqual(await tell(scene, token), { lost: [], held: [] });
    }
    assertEqual((await scene.claimOne({ idle: false })).recoveries, 0);
  });

  test("one that was not told of does, and each is taken back once", async (scene) => {
    await scene.create();
    await scene.claimOne();
    await scene.loseOwners();
    const { token } = await scene.claimOne();
    await scene.loseOwners();
    assertEqual(idsOf(await scene.claim({ idle: false })), []);
    for (let times = 0; times < 3; times++) await tell(scene, token);
    const third = await scene.claimOne({ idle: false });
    assertEqual([third.recoveries, third.alone], [1, false]);
  });

  test("what the worker still had is ready at once, and is no longer its own", async (scene) => {
    const first = await scene.own();
    const { runId } = first.token;
    assertEqual(await tell(scene, first.token), { lost: [], held: [] });
    const second = await scene.claimOne();
    assertEqual([second.token.runId, second.recoveries], [runId, 0]);
    assertEqual((await scene.store.append(next(first, say("late")))).outcome, "fenced");
    assertEqual(typesOf(await scene.events(runId)), ["run.queued", "run.started", "run.recovered"]);
  });

  test("it may be told while another owner has the run, whose own loss counts", async (scene) => {
    const first = await scene.own();
    await scene.loseOwners();
    await scene.claimOne();
    await tell(scene, first.token);
    await scene.loseOwners();
    assertEqual((await scene.claimOne()).recoveries, 1);
  });

  test("of an owner before the last nothing is taken back", async (scene) => {
    const first = await scene.own();
    await scene.loseOwners();
    await scene.claimOne();
    await scene.loseOwners();
    await tell(scene, first.token, { ...first.token, fence: 0 }, { runId: "unknown", fence: 1 });
    assertEqual((await scene.claimOne()).recoveries, 2);
  });

  test("nor below nothing, once there was progress", async (scene) => {
    const first = await scene.own();
    await scene.loseOwners();
    const second = await scene.claimOne();
    await scene.store.append({ ...next(second, note("step")), progress: true });
    await tell(scene, first.token);
    await scene.loseOwners();
    assertEqual((await scene.claimOne()).recoveries, 1);
  });

  test("a ready run whose loss is taken back keeps its tenant's place in the line", async (scene) => {
    await scene.create({ tenant: "a" });
    const { token } = await scene.claimOne();
    await scene.loseOwners();
    const other = await scene.create({ tenant: "b" });
    await tell(scene, token);
    assertEqual(idsOf(await scene.claim({ limit: 2 })), [token.runId, other]);
  });

  test("a run whose cancel was asked ends with it", async (scene) => {
    const { token } = await scene.own();
    assertEqual(await scene.store.requestCancel(token.runId), "requested");
    await tell(scene, token);
    assertEqual((await scene.run(token.runId)).status, "cancelled");
    assertEqual(idsOf(await scene.claim()), []);
  });
}
