import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { idsOf, next, note, say, waiting, type Scene, type DeclareTest } from "./scene.ts";

export function testAlone(test: DeclareTest): void {
  test("only an idle worker is given a run that was lost twice, and nothing else with it", async (scene) => {
    const runId = await loseTwice(scene);
    const healthy = await scene.create();
    const busy = await scene.claim({ idle: false });
    assertEqual([idsOf(busy), busy.alone], [[healthy], 1]);
    const younger = await scene.create();
    const idle = await scene.claim({ idle: true });
    assertEqual([idsOf(idle), idle.alone], [[runId], 0]);
    assertEqual([idle.claims[0]?.alone, idle.claims[0]?.recoveries], [true, 2]);
    assertEqual(idsOf(await scene.claim({ idle: true })), [younger]);
  });

  test("an idle worker that can take nothing is given nothing", async (scene) => {
    await loseTwice(scene);
    const result = await scene.claim({ limit: 0 });
    assertEqual([idsOf(result), result.alone], [[], 1]);
  });

  test("of several, one a call", async (scene) => {
    const first = await scene.create();
    const second = await scene.create();
    for (let times = 0; times < 2; times++) {
      await scene.claim();
      await scene.loseOwners();
    }
    const one = await scene.claim();
    assertEqual([idsOf(one), one.alone], [[first], 1]);
    const two = await scene.claim();
    assertEqual([idsOf(two), two.alone], [[second], 0]);
  });

  test("runs of other queues do not count", async (scene) => {
    await loseTwice(scene);
    assertEqual(await scene.claim({ queues: ["elsewhere"], idle: false }), { claims: [], alone: 0 });
  });

  test("it goes on counting until there is progress", async (scene) => {
    await loseTwice(scene);
    const third = await scene.claimOne();
    await scene.store.append({ ...next(third, say("still here")) });
    await scene.loseOwners();
    const fourth = await scene.claimOne();
    assertEqual([fourth.recoveries, fourth.alone, fourth.execution], [3, true, 4]);
    await scene.store.append({ ...next(fourth, note("step")), progress: true });
    await scene.loseOwners();
    const fifth = await scene.claimOne({ idle: false });
    assertEqual([fifth.recoveries, fifth.alone, fifth.execution], [1, false, 5]);
  });

  test("being handed over or parked neither counts nor makes up for it", async (scene) => {
    const { store } = scene;
    const first = await scene.own();
    await scene.loseOwners();
    const second = await scene.claimOne();
    await store.release(next(second));
    const third = await scene.claimOne();
    assertEqual(third.recoveries, 1);
    await store.park(waiting(third));
    await store.sendSignal(first.token.runId, { id: "1", name: "go", payload: null });
    const fourth = await scene.claimOne();
    assertEqual(fourth.recoveries, 1);
    await scene.loseOwners();
    assertEqual((await scene.claimOne()).recoveries, 2);
  });
}

async function loseTwice({ own, claimOne, loseOwners }: Scene): Promise<string> {
  const { token } = await own();
  await loseOwners();
  await claimOne();
  await loseOwners();
  return token.runId;
}
