import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import type { Json } from "../../protocol/json.ts";
import type { SignalInput } from "../../store/store.ts";
import { completed, waiting, type DeclareTest } from "./scene.ts";

const signal = (id: string, payload: Json = null): SignalInput => ({ id, name: "go", payload });

export function testSignals(test: DeclareTest): void {
  test("are numbered in order, with all they came with", async ({ store, create }) => {
    const runId = await create();
    const before = await store.now();
    const payload = { text: "ä\u2028", list: [1, null, true] };
    assertEqual(await store.sendSignal(runId, signal("a", payload)), "accepted");
    assertEqual(await store.sendSignal(runId, { ...signal("b"), name: "stop", input: "step" }), "accepted");
    const signals = await store.readSignals(runId, 0);
    const times = signals.map(({ at }) => at);
    assert(times.every((at) => at >= before));
    assertEqual(signals, [
      { index: 1, id: "a", name: "go", payload, input: null, at: times[0] },
      { index: 2, id: "b", name: "stop", payload: null, input: "step", at: times[1] },
    ]);
    assertEqual(await store.readSignals(runId, 1), signals.slice(1));
    assertEqual(await store.readSignals(runId, 2), []);
  });

  test("are kept once for each id, whatever else differs", async ({ store, create }) => {
    const runId = await create();
    await store.sendSignal(runId, signal("a", 1));
    assertEqual(await store.sendSignal(runId, signal("a", 2)), "duplicate");
    assertEqual(await store.sendSignal(runId, { ...signal("a"), name: "stop" }), "duplicate");
    const signals = await store.readSignals(runId, 0);
    assertEqual([signals.length, signals[0]?.payload], [1, 1]);
  });

  test("ids belong to their run", async ({ store, create }) => {
    const [one, two] = [await create(), await create()];
    assertEqual(await store.sendSignal(one, signal("a")), "accepted");
    assertEqual(await store.sendSignal(two, signal("a")), "accepted");
  });

  test("come to a run in any state that is not its end", async ({ store, create, claimOne }) => {
    const runId = await create();
    assertEqual(await store.sendSignal(runId, signal("queued")), "accepted");
    const claim = await claimOne();
    assertEqual(claim.signals.length, 1);
    assertEqual(await store.sendSignal(runId, signal("running")), "accepted");
    await store.park(waiting(claim, { signalsSeen: 2 }));
    assertEqual(await store.sendSignal(runId, signal("parked")), "accepted");
    const again = await claimOne();
    assertEqual(
      again.signals.map(({ id, index }) => [id, index]),
      [
        ["queued", 1],
        ["running", 2],
        ["parked", 3],
      ],
    );
  });

  test("are refused by a run that has ended, unless they came before", async ({ store, own }) => {
    const claim = await own();
    const { runId } = claim.token;
    await store.sendSignal(runId, signal("a"));
    await store.finish(completed(claim));
    assertEqual(await store.sendSignal(runId, signal("b")), "ended");
    assertEqual(await store.sendSignal(runId, signal("a")), "duplicate");
    assertEqual((await store.readSignals(runId, 0)).length, 1);
  });

  test("to an unknown run are told so", async ({ store }) => {
    assertEqual(await store.sendSignal("unknown", signal("a")), "unknown_run");
    assertEqual(await store.readSignals("unknown", 0), []);
  });

  test("that come at once all get a number of their own", async ({ store, other, create }) => {
    const runId = await create();
    const sent = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? store : other).sendSignal(runId, signal(`${index % 10}`)),
    );
    const outcomes = await Promise.all(sent);
    assertEqual(outcomes.filter((outcome) => outcome === "accepted").length, 10);
    const indexes = (await store.readSignals(runId, 0)).map(({ index }) => index);
    assertEqual(indexes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("a second one does not make a run ready twice", async ({ store, own, claim }) => {
    const owned = await own();
    const { runId } = owned.token;
    await store.park(waiting(owned));
    await store.sendSignal(runId, signal("a"));
    await store.sendSignal(runId, signal("b"));
    assertEqual((await claim()).claims.length, 1);
    await store.sendSignal(runId, signal("c"));
    assertEqual((await claim()).claims.length, 0);
  });
}
