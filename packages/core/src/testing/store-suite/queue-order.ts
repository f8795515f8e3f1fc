import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { claimRequest, idsOf, next, waiting, type DeclareTest, type Scene } from "./scene.ts";

export function testQueueOrder(test: DeclareTest): void {
  test("the highest priority first, whatever came before", async (scene) => {
    const ids = new Map<number, string>();
    for (const priority of [0, -100, 5, 100, -1]) ids.set(priority, await scene.create({ priority }));
    const order = await takeAll(scene);
    assertEqual(
      order,
      [100, 5, 0, -1, -100].map((priority) => ids.get(priority)),
    );
  });

  test("of a priority the tenants in turn, of a tenant the oldest run", async (scene) => {
    const made: string[] = [];
    for (const tenant of ["a", "a", "a", "b", "", "b", "a"]) made.push(await scene.create({ tenant }));
    const [a1, a2, a3, b1, none, b2, a4] = made;
    assertEqual(await takeAll(scene), [a1, b1, none, a2, b2, a3, a4]);
  });

  test("in one call as in many", async (scene) => {
    const made: string[] = [];
    for (const tenant of ["a", "a", "a", "b", "b", "c"]) made.push(await scene.create({ tenant }));
    const [a1, a2, a3, b1, b2, c1] = made;
    assertEqual(idsOf(await scene.claim({ limit: 4 })), [a1, b1, c1, a2]);
    assertEqual(idsOf(await scene.claim({ limit: 4 })), [b2, a3]);
  });

  test("a backlog of one tenant starves nobody, whoever asks", async (scene) => {
    const { store, other, create } = scene;
    for (let index = 0; index < 30; index++) await create({ tenant: "heavy" });
    await scene.claim({ limit: 3 });
    const light = await create({ tenant: "light" });
    const served: string[] = [];
    for (const each of [other, store]) {
      served.push(...idsOf(await each.claim(claimRequest({ worker: "w2", limit: 1 }))));
    }
    assertEqual(served.indexOf(light), 1);
  });

  test("who comes stands at the end, and who has nothing more leaves the line", async (scene) => {
    const first = await scene.create({ tenant: "a" });
    const b1 = await scene.create({ tenant: "b" });
    const b2 = await scene.create({ tenant: "b" });
    assertEqual(await takeSome(scene, 1), [first]);
    const again = await scene.create({ tenant: "a" });
    assertEqual(await takeSome(scene, 3), [b1, again, b2]);
    const later = await scene.create({ tenant: "a" });
    assertEqual(await takeSome(scene, 1), [later]);
  });

  test("turns of one priority are none of another", async (scene) => {
    const urgent = await scene.create({ tenant: "a", priority: 1 });
    const a = await scene.create({ tenant: "a" });
    const b = await scene.create({ tenant: "b" });
    assertEqual(await takeSome(scene, 3), [urgent, a, b]);
  });

  test("a run that has waited, was handed over or was lost comes again with its tenant and priority", async (scene) => {
    const { store, create, claimOne } = scene;
    const tenants = ["x", "y", "z"];
    for (const tenant of tenants) await create({ tenant, priority: 3 });
    const parked = await claimOne();
    await store.park(waiting(parked));
    await store.release(next(await claimOne({ worker: "w2" })));
    // The one that was handed over has come after the third.
    await claimOne({ worker: "w3" });
    await scene.loseOwners();
    await store.sendSignal(parked.token.runId, { id: "1", name: "go", payload: null });
    for (let index = 0; index < 5; index++) await create();
    const { claims } = await scene.claim({ limit: 3 });
    assertEqual(
      claims.map(({ tenant }) => tenant),
      ["y", "z", "x"],
    );
  });

  test("a cancelled run stands in nobody's way", async (scene) => {
    const { store, create } = scene;
    const gone = await create({ tenant: "a", priority: 9 });
    const also = await create({ tenant: "b" });
    const left = await create({ tenant: "b" });
    for (const runId of [gone, also]) assertEqual(await store.requestCancel(runId), "cancelled");
    assertEqual(await takeAll(scene), [left]);
    assertEqual(idsOf(await scene.claim()), []);
  });

  test("each queue has lines of its own", async (scene) => {
    const a1 = await scene.create({ tenant: "a", queue: "one" });
    const a2 = await scene.create({ tenant: "a", queue: "two" });
    const b1 = await scene.create({ tenant: "b", queue: "one" });
    const b2 = await scene.create({ tenant: "b", queue: "two" });
    const { claims } = await scene.claim({ queues: ["one", "two"], limit: 4 });
    assertEqual(
      claims.map(({ token }) => token.runId),
      [a1, a2, b1, b2],
    );
  });

  test("priority and tenant are told with the run", async (scene) => {
    const runId = await scene.create({ tenant: "a", priority: -7 });
    const { runs } = await scene.store.listRuns({ limit: 1 });
    assertEqual([(await scene.run(runId)).priority, runs[0]?.priority], [-7, -7]);
    const [first] = await scene.events(runId);
    assertEqual(first?.type === "run.queued" && first.priority, -7);
  });
}

/** One call each. */
async function takeSome(scene: Scene, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let call = 0; call < count; call++) ids.push(...idsOf(await scene.claim({ limit: 1 })));
  return ids;
}

async function takeAll(scene: Scene): Promise<readonly string[]> {
  const { runs } = await scene.store.listRuns({ limit: 100, status: "queued" });
  return await takeSome(scene, runs.length);
}
