import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { answerOf, asker, grantedOf, stateOf } from "./limit-scene.ts";
import { LEASE_MS, type DeclareTest } from "./scene.ts";

const one = { concurrency: 1 };
const HOUR_MS = 3_600_000;

export function testLimitLeases(test: DeclareTest): void {
  test("what a dead worker had is free once its lease is over, when anybody asks", async (scene) => {
    const { store, other, advance } = scene;
    const dead = asker(store, "dead", { concurrency: 2 });
    const alive = asker(other, "alive", { concurrency: 2 });
    await dead.want("1", "2", "3", "4");
    await alive.want("5");
    await advance(LEASE_MS - 1);
    assertEqual([grantedOf(await alive.ask()), await alive.renew("5")], [[], []]);
    await advance(1);
    // Neither its permits nor its places keep anybody waiting.
    assertEqual(grantedOf(await alive.ask()), ["5"]);
    const state = await stateOf(scene);
    assertEqual([state.slots, state.waiting], [1, 0]);
    assertEqual(await dead.renew("1", "3"), ["1", "3"]);
  });

  test("a call sees to some of what many dead have had, and not to all of it", async (scene) => {
    const { store, other, advance } = scene;
    const dead = asker(store, "dead", one);
    for (const round of [0, 1, 2]) {
      await dead.want(...Array.from({ length: 500 }, (_, index) => `${round * 500 + index}`));
    }
    const alive = asker(other, "alive", one);
    await advance(LEASE_MS);
    const first = await alive.want("alive");
    assertEqual([grantedOf(first), first.retryAt !== null], [[], true]);
    await advance(first.retryAt! - (await store.now()));
    assertEqual(grantedOf(await alive.ask()), ["alive"]);
    assertEqual((await stateOf(scene)).waiting, 0);
  });

  test("as well when anybody renews what it waits for", async (scene) => {
    const { store, other, advance } = scene;
    const alive = asker(other, "alive", one, { leaseMs: 10 * LEASE_MS });
    await asker(store, "dead", one).want("1", "2");
    await alive.want("5");
    await advance(LEASE_MS);
    await alive.renew("5");
    assertEqual(
      (await stateOf(scene)).held.map(({ id }) => id),
      ["5"],
    );
  });

  test("whoever renews keeps permits and places; a lease that is over but was not noticed is renewed", async (scene) => {
    const { store, advance } = scene;
    const { want, renew, ask, give } = asker(store, "w", one);
    await want("1", "2");
    for (let beat = 0; beat < 3; beat++) {
      await advance(LEASE_MS - 1);
      assertEqual(await renew("1", "2", "unknown"), ["unknown"]);
    }
    await advance(LEASE_MS + 1);
    assertEqual(await renew("1", "2"), []);
    await give("1");
    assertEqual(grantedOf(await ask()), ["2"]);
  });

  test("who asks again for what it wants has renewed it", async ({ store, advance }) => {
    const { want } = asker(store, "w", one);
    await want("1", "2");
    await advance(LEASE_MS - 1);
    await want("1", "2");
    await advance(LEASE_MS - 1);
    const { answers } = await want("1", "2");
    assertEqual(
      answers.map(({ outcome }) => outcome),
      ["granted", "waiting"],
    );
  });

  test("renewing is for many keys at once, and for one's own only", async ({ store, other }) => {
    const keys = ["k1", "k2"];
    for (const key of keys) await asker(store, "a", one, { key }).want("1");
    await asker(other, "b", one, { key: "k3" }).want("1");
    const held = [...keys, "k3", "k4"].map((key) => ({ key, id: "1" }));
    const { lost } = await store.renewPermits({ worker: "a", leaseMs: LEASE_MS, held });
    assertEqual(lost, [
      { key: "k3", id: "1" },
      { key: "k4", id: "1" },
    ]);
    assertEqual(await store.renewPermits({ worker: "a", leaseMs: LEASE_MS, held: [] }), { lost: [] });
  });

  test("one whose run is parked gets no permit and lets others past, and has its place when it is back", async (scene) => {
    const { store, other, advance } = scene;
    const a = asker(store, "a", one);
    const b = asker(other, "b", one);
    await a.want("held");
    await a.want("parked");
    await b.want("3", "4");
    const awayUntil = (await store.now()) + 5 * LEASE_MS;
    const renewal = { worker: "a", leaseMs: LEASE_MS, held: [{ key: "llm", id: "parked", awayUntil }] };
    assertEqual(await store.renewPermits(renewal), { lost: [] });
    assertEqual((await stateOf(scene)).waiting, 2);
    await a.give("held");
    assertEqual(grantedOf(await b.ask()), ["3"]);
    for (let beat = 0; beat < 5; beat++) {
      await advance(LEASE_MS - 1);
      await b.renew("3", "4");
    }
    // Its run was claimed by another worker.
    const c = asker(other, "c", one);
    assertEqual(answerOf(await c.want("parked")), {
      id: "parked",
      outcome: "waiting",
      reason: "concurrency",
      retryAt: null,
      ahead: 0,
    });
    await b.give("3");
    assertEqual([grantedOf(await b.ask()), grantedOf(await c.ask())], [[], ["parked"]]);
  });

  test("the place of one that never comes back is given up a lease after its time", async (scene) => {
    const { store, advance } = scene;
    const { want, ask } = asker(store, "w", one);
    await want("1", "2");
    const awayUntil = (await store.now()) + LEASE_MS;
    await store.renewPermits({ worker: "w", leaseMs: LEASE_MS, held: [{ key: "llm", id: "2", awayUntil }] });
    await advance(2 * LEASE_MS);
    await ask();
    const held = [{ key: "llm", id: "2" }];
    assertEqual((await store.renewPermits({ worker: "w", leaseMs: LEASE_MS, held })).lost, held);
  });

  test("a key that nobody uses is forgotten, and one that is used is not", async ({ store, advance }) => {
    const used = asker(store, "w", one, { key: "used", leaseMs: 10 * HOUR_MS });
    const unused = asker(store, "w", one, { key: "unused" });
    await used.want("1");
    await unused.want("1");
    await unused.give("1");
    await advance(HOUR_MS / 2);
    await store.reap();
    assertEqual((await store.readLimit("unused"))?.numbers, one);
    await advance(HOUR_MS);
    await store.reap();
    assertEqual(await store.readLimit("unused"), undefined);
    assertEqual((await store.readLimit("used"))?.slots, 1);
    assertEqual(await store.readLimit("never"), undefined);
  });
}
