import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import type { WorkflowManifest } from "../../protocol/manifest.ts";
import { idsOf, LEASE_MS, next, say, workerInfo, type DeclareTest } from "./scene.ts";

const article: WorkflowManifest = {
  name: "article",
  queue: "default",
  input: { type: "object", properties: { topic: { type: "string" } } },
  output: null,
  signals: { review: { type: "object" } },
  streams: {},
  build: "1",
};

export function testWorkers(test: DeclareTest): void {
  test("a worker is there from its first heartbeat on, as it last said", async ({ store, other }) => {
    const before = await store.now();
    await store.heartbeat({ worker: workerInfo("w2"), tokens: [], leaseMs: LEASE_MS });
    await store.heartbeat({ worker: workerInfo("w1"), tokens: [], leaseMs: LEASE_MS });
    const process = { host: "here", pid: 17 };
    const changed = { ...workerInfo("w2"), build: "2", workflows: ["article", "poem"], process };
    await store.heartbeat({ worker: changed, tokens: [], leaseMs: LEASE_MS });
    const workers = await other.listWorkers();
    const times = workers.map(({ seenAt }) => seenAt);
    assert(times.every((seenAt) => seenAt >= before));
    assertEqual(workers, [
      { ...workerInfo("w1"), seenAt: times[0] },
      { ...changed, seenAt: times[1] },
    ]);
  });

  test("one late heartbeat does not make it look gone, a missing worker is", async ({ store, advance }) => {
    await store.heartbeat({ worker: workerInfo("w"), tokens: [], leaseMs: LEASE_MS });
    await advance(LEASE_MS + 1);
    assertEqual((await store.listWorkers()).length, 1);
    await advance(LEASE_MS);
    assertEqual(await store.listWorkers(), []);
  });

  test("a worker that says goodbye is gone, its runs keep their leases", async ({ store, own, claim }) => {
    const owned = await own();
    await store.heartbeat({ worker: workerInfo("worker"), tokens: [owned.token], leaseMs: LEASE_MS });
    await store.forgetWorker("worker");
    await store.forgetWorker("unknown");
    assertEqual(await store.listWorkers(), []);
    await store.reap();
    assertEqual(idsOf(await claim()), []);
    assertEqual((await store.append(next(owned, say("a")))).outcome, "written");
  });

  test("manifests are kept by name, the newest of each, in order of name", async ({ store, other }) => {
    assertEqual(await store.listManifests(), []);
    await store.publishManifests([{ ...article, name: "poem" }, article]);
    await store.publishManifests([{ ...article, build: "2", queue: "papers" }]);
    await store.publishManifests([]);
    assertEqual(await other.listManifests(), [
      { ...article, build: "2", queue: "papers" },
      { ...article, name: "poem" },
    ]);
  });

  test("manifests outlive the workers that published them", async ({ store, advance }) => {
    await store.publishManifests([article]);
    await store.heartbeat({ worker: workerInfo("w"), tokens: [], leaseMs: 1 });
    await advance(50);
    await store.reap();
    await store.forgetWorker("w");
    assertEqual(await store.listManifests(), [article]);
  });

  test("the store answers while it is open", async ({ store }) => {
    await store.ping();
    const now = await store.now();
    assert(Number.isInteger(now) && (await store.now()) >= now);
  });
}
