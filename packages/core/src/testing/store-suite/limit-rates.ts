import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import { answerOf, asker, grantedOf, stateOf } from "./limit-scene.ts";
import type { DeclareTest } from "./scene.ts";

const PERIOD_MS = 60_000;
const rate = { count: 100, periodMs: PERIOD_MS };
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `p${index}`);

export function testLimitRates(test: DeclareTest): void {
  test("a rate lets few through at once and the rest evenly, and says when", async ({ store, advance }) => {
    const { want, ask } = asker(store, "w", { rate }, { leaseMs: 10 * PERIOD_MS });
    const first = await want(...names(200));
    // A fiftieth may come early.
    assertEqual(grantedOf(first), ["p0", "p1", "p2"]);
    const waiting = first.answers[3]!;
    assert(waiting.outcome === "waiting" && waiting.retryAt !== null && waiting.reason === "rate");
    assertEqual(waiting.retryAt, first.retryAt);
    const begun = await store.now();
    const given = [begun, begun, begun];
    let { retryAt } = first;
    while (given.length < 198) {
      const now = await store.now();
      assert(retryAt !== null && retryAt > now);
      await advance(retryAt - 1 - now);
      assertEqual(grantedOf(await ask()), []);
      await advance(1);
      const result = await ask();
      assertEqual(grantedOf(result), [`p${given.length}`]);
      given.push(retryAt);
      retryAt = result.retryAt;
    }
    const inAnyPeriod = given.map(
      (from) => given.filter((at) => at >= from && at <= from + PERIOD_MS).length,
    );
    assertEqual(Math.max(...inAnyPeriod), 100);
    assert((await store.now()) - begun < (2 * PERIOD_MS) / 0.95);
  });

  test("late as each may be, the rate is used", async ({ store, advance }) => {
    const { want, ask } = asker(store, "w", { rate }, { leaseMs: 10 * PERIOD_MS });
    let { retryAt } = await want(...names(110));
    const begun = await store.now();
    let count = 3;
    while (count < 100) {
      await advance(retryAt! - (await store.now()) + 500);
      const result = await ask();
      count += result.granted.length;
      retryAt = result.retryAt;
    }
    assert((await store.now()) - begun < PERIOD_MS / 0.95);
  });

  test("`burst` says how many begin at the same moment", async ({ store }) => {
    for (const burst of [1, 10, 100]) {
      const { want } = asker(store, "w", { rate, burst }, { key: `burst ${burst}` });
      assertEqual(grantedOf(await want(...names(120))).length, burst);
    }
  });

  test("who is next is asked to ask first, others a little later", async ({ store, other }) => {
    const slow = { rate: { count: 1, periodMs: PERIOD_MS } };
    const a = asker(store, "a", slow);
    const b = asker(other, "b", slow);
    await a.want("1", "2");
    const [mine, others] = [await a.ask(), await b.want("3")];
    assert(mine.retryAt !== null && others.retryAt !== null && others.retryAt > mine.retryAt);
    const answer = answerOf(others && (await b.want("3")));
    assert(answer.outcome === "waiting" && answer.retryAt! > others.retryAt && answer.ahead === 1);
  });

  test("one inside another counts for the rate", async ({ store }) => {
    const { want } = asker(store, "w", { rate: { count: 1, periodMs: PERIOD_MS }, concurrency: 5 });
    assertEqual(grantedOf(await want("outer", "^inner")), ["outer"]);
  });

  test("a pause keeps everybody waiting until then, and the later one holds", async (scene) => {
    const { store, other, advance } = scene;
    const { want, ask } = asker(store, "w", { concurrency: 5 });
    const now = await store.now();
    // Before anybody has said what the key allows.
    await other.pauseLimit("llm", now + 1_000);
    await store.pauseLimit("llm", now + 500);
    assertEqual([(await stateOf(scene)).pausedUntil, (await stateOf(scene)).numbers], [now + 1_000, null]);
    const result = await want("1");
    assertEqual(result.answers, [
      { id: "1", outcome: "waiting", reason: "paused", retryAt: now + 1_000, ahead: 0 },
    ]);
    assertEqual([result.retryAt, result.conflict], [now + 1_000, undefined]);
    await advance(999);
    assertEqual(grantedOf(await ask()), []);
    await advance(1);
    assertEqual(grantedOf(await ask()), ["1"]);
    assertEqual((await stateOf(scene)).pausedUntil, null);
  });

  test("tokens: what calls use on average is reserved, and made good when they end", async (scene) => {
    const { store, advance } = scene;
    const tokens = { count: 100_000, periodMs: PERIOD_MS };
    const { want, ask, give } = asker(store, "w", { tokens }, { leaseMs: 10 * PERIOD_MS });
    // Of a call nobody knows anything of yet, a hundredth of the count is reserved.
    const first = await want("1", "2", "3", "4");
    assertEqual(grantedOf(first), ["1", "2"]);
    const waiting = first.answers[2]!;
    assert(waiting.outcome === "waiting" && waiting.reason === "tokens");
    assertEqual(waiting.retryAt, first.retryAt);
    assertEqual((await stateOf(scene)).averageTokens, null);
    // One that was not used at all gives back what was reserved.
    await give("2", { tokens: 0, outcome: "none" });
    assertEqual(grantedOf(await ask()), ["3"]);
    // One that used much more is made good before anybody else gets something.
    await give("1", { tokens: 50_000 });
    await give("3", { tokens: 0, outcome: "none" });
    assertEqual((await stateOf(scene)).averageTokens, 50_000);
    await advance(PERIOD_MS / 3);
    const later = await ask();
    assertEqual(grantedOf(later), []);
    assert(later.retryAt! - (await store.now()) < PERIOD_MS / 2);
    await advance(later.retryAt! - (await store.now()));
    assertEqual(grantedOf(await ask()), ["4"]);
    await give("4", { tokens: 10_000 });
    assertEqual((await stateOf(scene)).averageTokens, 42_000);
  });

  test("numbers that were said later hold at once, and both are told", async (scene) => {
    const { store, other } = scene;
    const old = asker(store, "old", { concurrency: 1 }, { definedAt: 1 });
    const young = asker(other, "young", { concurrency: 3 }, { definedAt: 2 });
    assertEqual((await old.want("1", "2")).conflict, undefined);
    const changed = await young.want("3", "4");
    assertEqual(changed.conflict, { numbers: { concurrency: 1 }, applies: false });
    assertEqual(grantedOf(changed), ["3"]);
    // The older build has not gone yet: what it says changes nothing any more.
    const asked = await old.ask();
    assertEqual([asked.granted, asked.conflict], [["2"], { numbers: { concurrency: 3 }, applies: true }]);
    assertEqual((await young.ask()).conflict, undefined);
    assertEqual((await stateOf(scene)).numbers, { concurrency: 3 });
    const back = asker(store, "back", { concurrency: 1 }, { definedAt: 3 });
    assertEqual(answerOf(await back.want("5")).outcome, "waiting");
    assertEqual((await stateOf(scene)).numbers, { concurrency: 1 });
  });

  test("a rate that was changed counts what was used already", async ({ store, advance }) => {
    const leaseMs = 60 * PERIOD_MS;
    const slow = asker(store, "a", { rate: { count: 1, periodMs: 60 * PERIOD_MS }, burst: 1 }, { leaseMs });
    await slow.want("1", "2");
    const fast = asker(
      store,
      "b",
      { rate: { count: 60, periodMs: 60 * PERIOD_MS }, burst: 1 },
      { definedAt: 2, leaseMs },
    );
    await fast.want("3");
    assertEqual(grantedOf(await slow.ask()), []);
    await advance(1.1 * PERIOD_MS);
    assertEqual(grantedOf(await slow.ask()), ["2"]);
  });
}
