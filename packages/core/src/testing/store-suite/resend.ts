import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import { completed, idsOf, next, note, say, waiting, type DeclareTest } from "./scene.ts";

export function testResend(test: DeclareTest): void {
  test("an append that is there already is acknowledged with its own time", async ({
    store,
    own,
    events,
    advance,
  }) => {
    const claim = await own();
    const input = next(claim, say("a"), note("b"));
    const first = await store.append(input);
    assert(first.outcome === "written");
    await advance(5);
    assertEqual(await store.append(input), first);
    const second = await store.append({ ...next(claim, say("c")), after: 4 });
    await advance(5);
    // Also one that others have followed since.
    assertEqual(await store.append(input), first);
    assertEqual(await store.append({ ...next(claim, say("c")), after: 4 }), second);
    assertEqual((await events(claim.token.runId)).length, 5);
  });

  test("the journal keeps what was sent twice once", async ({ store, own, claimOne }) => {
    const claim = await own();
    await store.append(next(claim, note("a")));
    await store.append(next(claim, note("a")));
    await store.release({ ...next(claim), after: 3 });
    assertEqual(
      (await claimOne()).journal.map(({ seq }) => seq),
      [2, 3, 4],
    );
  });

  test("what another owner wrote is no repetition", async ({ store, own, loseOwners, claimOne }) => {
    const first = await own();
    await store.append(next(first, say("a")));
    await loseOwners();
    const second = await claimOne();
    assertEqual(await store.append({ ...next(second, say("a")), after: 2 }), { outcome: "fenced" });
    assertEqual(await store.append(next(first, say("a"))), { outcome: "fenced" });
  });

  test("sent twice at once, it is written once", async ({ store, other, own, events }) => {
    const claim = await own();
    const input = next(claim, say("a"), say("b"));
    const results = await Promise.all([store.append(input), other.append(input), store.append(input)]);
    const [first] = results;
    assertEqual(results, [first, first, first]);
    assertEqual(first.outcome, "written");
    assertEqual((await events(claim.token.runId)).length, 4);
  });

  test("park is acknowledged again, also once the run was woken, until it was taken", async (scene) => {
    const { store, own, claimOne, advance } = scene;
    const claim = await own();
    const first = await store.park(waiting(claim));
    assertEqual(first.outcome, "written");
    await advance(5);
    assertEqual(await store.park(waiting(claim)), first);
    await store.sendSignal(claim.token.runId, { id: "1", name: "go", payload: null });
    assertEqual(await store.park(waiting(claim)), first);
    assertEqual(await store.append(next(claim, say("a"))), { outcome: "fenced" });
    await claimOne();
    assertEqual(await store.park(waiting(claim)), { outcome: "fenced" });
  });

  test("park without records is acknowledged again", async ({ store, own }) => {
    const claim = await own();
    const input = { ...waiting(claim), records: [] };
    const first = await store.park(input);
    assertEqual(first.outcome, "written");
    assertEqual(await store.park(input), first);
  });

  test("release is acknowledged again until the run was taken", async ({ store, own, claim, advance }) => {
    const owned = await own();
    const input = next(owned, say("bye"));
    const first = await store.release(input);
    assertEqual(first.outcome, "written");
    await advance(5);
    assertEqual(await store.release(input), first);
    assertEqual(idsOf(await claim()).length, 1);
    assertEqual(await store.release(input), { outcome: "fenced" });
  });

  test("exactly the last finish is acknowledged again, for ever", async ({ store, own, run, advance }) => {
    const claim = await own();
    await store.append(next(claim, say("a")));
    const input = { ...completed(claim), after: 3 };
    const first = await store.finish(input);
    assertEqual(first.outcome, "written");
    await advance(5);
    assertEqual(await store.finish(input), first);
    const failed = { name: "Error", message: "no", code: null, step: null };
    const records = [{ event: { type: "run.failed", error: failed } }] as const;
    assertEqual(await store.finish({ ...input, records, status: "failed" }), { outcome: "fenced" });
    const twice = [say("b"), ...input.records];
    assertEqual(await store.finish({ ...input, records: twice }), { outcome: "fenced" });
    assertEqual(await store.append(next(claim, say("a"))), { outcome: "fenced" });
    assertEqual((await run(claim.token.runId)).tail.seq, 4);
  });
}
