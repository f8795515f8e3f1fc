import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { KEPT_TIMINGS } from "../../store/store.ts";
import { completed, failed, say, type DeclareTest, type Scene } from "./scene.ts";

export function testTimings(test: DeclareTest): void {
  const end = async ({ store, own, advance }: Scene, workflow: string, timings?: number): Promise<void> => {
    const owned = await own({ workflow });
    await store.finish(completed(owned, timings === undefined ? {} : { timings }));
    await advance(1);
  };

  test("are there once a run was finished with some, newest first, by workflow", async (scene) => {
    assertEqual(await scene.store.readTimings("article"), []);
    await end(scene, "article", 1);
    await end(scene, "poem", 2);
    await end(scene, "article");
    await end(scene, "article", 3);
    assertEqual(await scene.store.readTimings("article"), [3, 1]);
    assertEqual(await scene.other.readTimings("article"), [3, 1]);
    assertEqual(await scene.store.readTimings("poem"), [2]);
    assertEqual(await scene.store.readTimings("essay"), []);
  });

  test("are kept as they were given", async ({ store, own }) => {
    const timings = { activeMs: 1_500.5, steps: [["Draft", 3, 0.25]], none: [], also: {}, ü: null };
    await store.finish(completed(await own(), { timings }));
    assertEqual(await store.readTimings("article"), [timings]);
  });

  test("are of the newest runs only, however many there were", async (scene) => {
    for (let run = 1; run <= KEPT_TIMINGS + 3; run++) await end(scene, "article", run);
    const kept = Array.from({ length: KEPT_TIMINGS }, (_, index) => KEPT_TIMINGS + 3 - index);
    assertEqual(await scene.store.readTimings("article"), kept);
  });

  test("are kept once, however often a finish is sent", async ({ store, own }) => {
    const owned = await own();
    for (let send = 0; send < 3; send++) await store.finish(completed(owned, { timings: 1 }));
    assertEqual(await store.readTimings("article"), [1]);
  });

  test("are not kept where the run is not finished by it", async ({ store, own, loseOwners, claimOne }) => {
    const lost = await own();
    await loseOwners();
    assertEqual(await store.finish(completed(lost, { timings: 1 })), { outcome: "fenced" });
    const owned = await claimOne();
    assertEqual((await store.finish(completed(owned, { timings: 1, after: owned.tail + 1 }))).outcome, "gap");
    await store.requestCancel(owned.token.runId);
    assertEqual(await store.finish(completed(owned, { timings: 1 })), { outcome: "cancelling" });
    assertEqual(await store.readTimings("article"), []);
  });

  test("outlive the runs they are of", async ({ store, own, advance }) => {
    const owned = await own();
    await store.finish(completed(owned, { timings: 1, records: [say("a"), ...completed(owned).records] }));
    const other = await own();
    await store.finish(failed(other));
    await advance(10);
    await store.deleteEnded(0);
    assertEqual(await store.readTimings("article"), [1]);
  });
}
