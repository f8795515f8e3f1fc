import { deepStrictEqual as assertEqual } from "node:assert/strict";
import { answerOf, asker, grantedOf, stateOf, type Asker } from "./limit-scene.ts";
import { LEASE_MS, type DeclareTest, type Scene } from "./scene.ts";

const breaker = { failures: 2, withinMs: 1_000, openMs: 5_000 };
const outcomeOf = async ({ want }: Asker, id: string): Promise<string> => answerOf(await want(id)).outcome;

export function testLimitBreakers(test: DeclareTest): void {
  test("so many failures within the time open the circuit for all, and those that wait are told", async (scene) => {
    const { store, other, advance } = scene;
    const limit = { concurrency: 2, breaker };
    const a = asker(store, "a", limit);
    const b = asker(other, "b", limit);
    await a.want("1", "2");
    await b.want("3");
    await a.give("1", { outcome: "failed" });
    assertEqual((await stateOf(scene)).breaker, "closed");
    assertEqual(grantedOf(await b.ask()), ["3"]);
    await b.want("4");
    await a.give("2", { outcome: "failed" });
    const openUntil = (await store.now()) + breaker.openMs;
    const asked = await b.ask();
    assertEqual([asked.openUntil, asked.granted], [openUntil, []]);
    const open = { outcome: "open", retryAt: openUntil };
    assertEqual((await b.want("4", "5")).answers, [
      { id: "4", ...open },
      { id: "5", ...open },
    ]);
    // Who has a permit keeps it.
    assertEqual(await outcomeOf(b, "3"), "granted");
    assertEqual([(await stateOf(scene)).breaker, (await stateOf(scene)).waiting], ["open", 0]);
    await advance(breaker.openMs - 1);
    assertEqual(await outcomeOf(a, "6"), "open");
  });

  test("failures that are too far apart, or of other kinds, do not", async (scene) => {
    const { store, advance } = scene;
    const { want, give } = asker(store, "w", { breaker });
    for (const [index, outcome] of (["failed", "ok", "none", "none"] as const).entries()) {
      await want(`${index}`);
      await give(`${index}`, { outcome });
    }
    await advance(breaker.withinMs);
    await want("late");
    await give("late", { outcome: "failed" });
    assertEqual((await stateOf(scene)).breaker, "closed");
  });

  test("after that one probe is let through; if it comes to good the circuit is closed", async (scene) => {
    const { a, b } = await opened(scene);
    const [first, second] = [await a.want("probe", "5"), await b.want("6")];
    assertEqual(
      first.answers.map(({ outcome }) => outcome),
      ["granted", "open"],
    );
    assertEqual(answerOf(second).outcome, "open");
    assertEqual((await stateOf(scene)).breaker, "half_open");
    assertEqual(await outcomeOf(a, "probe"), "granted");
    await a.give("probe");
    assertEqual((await stateOf(scene)).breaker, "closed");
    assertEqual(await outcomeOf(b, "6"), "granted");
    // The failures of before are forgotten.
    await b.give("6", { outcome: "failed" });
    assertEqual((await stateOf(scene)).breaker, "closed");
  });

  test("if the probe fails, it is open again", async (scene) => {
    const { a, b } = await opened(scene);
    await a.want("probe");
    await a.give("probe", { outcome: "failed" });
    assertEqual(await outcomeOf(b, "5"), "open");
    await scene.advance(breaker.openMs);
    assertEqual(await outcomeOf(b, "5"), "granted");
  });

  test("if nobody knows what the probe came to, or its worker dies, another is let through", async (scene) => {
    const { a, b } = await opened(scene);
    await a.want("probe");
    await a.give("probe", { outcome: "none" });
    assertEqual([await outcomeOf(b, "2nd"), await outcomeOf(a, "5")], ["granted", "open"]);
    await scene.advance(LEASE_MS);
    assertEqual(await outcomeOf(a, "5"), "granted");
  });

  test("what began before it opened decides nothing", async (scene) => {
    const { store, advance } = scene;
    const { want, give } = asker(store, "w", { breaker }, { leaseMs: 10 * breaker.openMs });
    await want("1", "2", "good", "bad");
    for (const id of ["1", "2"]) await give(id, { outcome: "failed" });
    await give("good");
    assertEqual((await stateOf(scene)).breaker, "open");
    await advance(breaker.openMs);
    await want("probe");
    await give("bad", { outcome: "failed" });
    assertEqual((await stateOf(scene)).breaker, "half_open");
    await give("probe");
    assertEqual((await stateOf(scene)).breaker, "closed");
  });

  test("who kept its place while it was open is the probe when its turn has come", async (scene) => {
    const { store, other, advance } = scene;
    const limit = { concurrency: 2, breaker };
    const leaseMs = 10 * breaker.openMs;
    const a = asker(store, "a", limit, { leaseMs });
    const b = asker(other, "b", limit, { leaseMs });
    await a.want("1", "2");
    await b.want("3", "4");
    for (const id of ["1", "2"]) await a.give(id, { outcome: "failed" });
    // The first failure let one in.
    assertEqual((await b.ask()).granted, ["3"]);
    await b.give("3");
    assertEqual((await b.ask()).retryAt, (await store.now()) + breaker.openMs);
    await advance(breaker.openMs);
    assertEqual((await b.ask()).granted, ["4"]);
    assertEqual(await outcomeOf(a, "5"), "open");
  });
}

/** Two workers at a circuit that was opened and may be tried again. */
async function opened({ store, other, advance }: Scene): Promise<{ readonly a: Asker; readonly b: Asker }> {
  const a = asker(store, "a", { breaker });
  const b = asker(other, "b", { breaker });
  await a.want("f1", "f2");
  for (const id of ["f1", "f2"]) await a.give(id, { outcome: "failed" });
  await advance(breaker.openMs);
  return { a, b };
}
