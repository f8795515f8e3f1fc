import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { answerOf, asker, grantedOf, stateOf } from "./limit-scene.ts";
import { LEASE_MS, type DeclareTest } from "./scene.ts";

const one = { concurrency: 1 };

export function testLimitLines(test: DeclareTest): void {
  test("no more are given than may execute at once, by all workers together", async (scene) => {
    const { store, other } = scene;
    const a = asker(store, "a", { concurrency: 3 });
    const b = asker(other, "b", { concurrency: 3 });
    assertEqual(grantedOf(await a.want("1", "2")), ["1", "2"]);
    const result = await b.want("3", "4", "5");
    assertEqual(result.answers, [
      { id: "3", outcome: "granted" },
      { id: "4", outcome: "waiting", reason: "concurrency", retryAt: null, ahead: 0 },
      { id: "5", outcome: "waiting", reason: "concurrency", retryAt: null, ahead: 1 },
    ]);
    assertEqual([result.retryAt, result.openUntil, result.conflict], [null, null, undefined]);
    const state = await stateOf(scene);
    assertEqual([state.slots, state.waiting], [3, 2]);
    assertEqual(
      state.held.map(({ id, worker }) => [id, worker]),
      [
        ["1", "a"],
        ["2", "a"],
        ["3", "b"],
      ],
    );
    assertEqual(
      state.line.map(({ id }) => id),
      ["4", "5"],
    );
  });

  test("keys know nothing of one another", async ({ store }) => {
    for (const key of ["a", "b", "{a}", "a:b"]) {
      const { want } = asker(store, "w", one, { key });
      assertEqual(grantedOf(await want("1", "2")), ["1"]);
    }
  });

  test("one tenant: first come, first served, whoever asks how often", async ({ store, other }) => {
    const holder = asker(store, "holder", one);
    await holder.want("held");
    const a = asker(store, "a", one);
    const b = asker(other, "b", one);
    await a.want("1");
    await b.want("2");
    await a.want("3");
    await b.want("4");
    let held: readonly [typeof holder, string] = [holder, "held"];
    for (const [next, waiting, id] of [
      [a, b, "1"],
      [b, a, "2"],
      [a, b, "3"],
      [b, a, "4"],
    ] as const) {
      for (let times = 0; times < 5; times++) assertEqual(grantedOf(await waiting.ask()), []);
      await held[0].give(held[1]);
      for (let times = 0; times < 5; times++) assertEqual(grantedOf(await waiting.ask()), []);
      assertEqual(grantedOf(await next.ask()), [id]);
      held = [next, id];
    }
  });

  test("tenants are served in turn, however many of one wait", async ({ store, other }) => {
    const a = asker(store, "a", one);
    const b = asker(other, "b", one);
    const many = Array.from({ length: 20 }, (_, index) => `many/m${index + 1}`);
    await a.want("held", ...many);
    await b.want("few/f1", "few/f2", "one/o1");
    const order: string[] = [];
    let held: readonly [typeof a, string] = [a, "held"];
    for (let count = 0; count < 8; count++) {
      await held[0].give(held[1]);
      const [ofA, ofB] = [grantedOf(await a.ask()), grantedOf(await b.ask())];
      assertEqual(ofA.length + ofB.length, 1);
      held = ofA[0] === undefined ? [b, ofB[0]!] : [a, ofA[0]];
      order.push(held[1]);
    }
    assertEqual(order, ["m1", "f1", "o1", "m2", "f2", "m3", "m4", "m5"]);
  });

  test("a tenant that asks for one after the other takes turns with one that waits for many", async ({
    store,
  }) => {
    const { want, give, ask } = asker(store, "w", one);
    await want("held", "b/b1", "b/b2", "b/b3", "a/a1");
    const order: string[] = [];
    let held = "held";
    for (let count = 2; count < 6; count++) {
      await give(held);
      [held = ""] = grantedOf(await ask());
      order.push(held);
      if (held.startsWith("a")) await want(`a/a${count}`);
    }
    assertEqual(order, ["b1", "a1", "b2", "a3"]);
  });

  test("what needs no slot does not wait for one, and no slot is taken by it", async (scene) => {
    const { want, ask, give } = asker(scene.store, "w", one);
    assertEqual(grantedOf(await want("outer", "second", "^inner")), ["outer", "inner"]);
    await give("inner");
    assertEqual(grantedOf(await ask()), []);
    assertEqual((await stateOf(scene)).slots, 1);
    await give("outer");
    assertEqual(grantedOf(await ask()), ["second"]);
  });

  test("who gives up its place lets others past, and giving back what is not held does nothing", async (scene) => {
    const { store, other } = scene;
    const a = asker(store, "a", one);
    const b = asker(other, "b", one);
    await a.want("1", "2", "3");
    await a.give("2");
    await a.give("2");
    await a.give("unknown");
    // Another worker's.
    await b.give("1");
    await b.give("3");
    assertEqual((await stateOf(scene)).slots, 1);
    await a.give("1");
    await a.give("1");
    assertEqual(grantedOf(await a.ask()), ["3"]);
    assertEqual((await stateOf(scene)).slots, 1);
  });

  test("asked again, one has what it had: permits and places", async (scene) => {
    const { want, give } = asker(scene.store, "w", one);
    const first = await want("1", "2", "3");
    assertEqual((await want("1", "2", "3")).answers, first.answers);
    assertEqual((await want("3")).answers, first.answers.slice(2));
    await give("1");
    const again = await want("2", "3", "2");
    assertEqual(
      again.answers.map(({ outcome }) => outcome),
      ["granted", "waiting", "granted"],
    );
    assertEqual((await stateOf(scene)).waiting, 1);
  });

  test("permits that were got meanwhile are told until they were heard of", async ({ store }) => {
    const request = { key: "llm", limit: one, definedAt: 1, worker: "w", leaseMs: LEASE_MS };
    const wanted = ["1", "2"].map((id) => ({ id, tenant: "", slot: true }));
    const first = await store.acquirePermits({ ...request, wanted, heard: 0 });
    await store.releasePermits({ key: "llm", worker: "w", given: [{ id: "1", outcome: "ok" }] });
    const second = await store.acquirePermits({ ...request, wanted: [], heard: first.heard });
    assertEqual(second.granted, ["2"]);
    // As if that answer had been lost.
    const again = await store.acquirePermits({ ...request, wanted: [], heard: first.heard });
    assertEqual(again.granted, ["2"]);
    assertEqual((await store.acquirePermits({ ...request, wanted: [], heard: again.heard })).granted, []);
  });

  test("what another worker has of an earlier life is taken from it, at its old place", async (scene) => {
    const { store, other } = scene;
    const a = asker(store, "a", one);
    const b = asker(other, "b", one);
    await a.want("1", "2", "3");
    assertEqual(answerOf(await b.want("1")).outcome, "granted");
    assertEqual(answerOf(await b.want("2")), {
      id: "2",
      outcome: "waiting",
      reason: "concurrency",
      retryAt: null,
      ahead: 0,
    });
    // The earlier owner takes nothing away any more.
    await a.give("1");
    await a.give("2");
    assertEqual(await a.renew("1", "2", "3"), ["1", "2"]);
    await b.give("1");
    assertEqual(grantedOf(await b.ask()), ["2"]);
  });

  test("how many come first is told", async ({ store }) => {
    const { want } = asker(store, "w", one);
    await want("held", "a/a1", "a/a2", "a/a3", "b/b1");
    const { answers } = await want("b/b2", "c/c1", "a/a3");
    // The lines of the others are taken for as long as its own, as counting them would take longer the more tenants wait.
    assertEqual(
      answers.map((answer) => (answer.outcome === "waiting" ? answer.ahead : null)),
      [4, 2, 5],
    );
  });
}
