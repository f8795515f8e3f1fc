import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import { emptyView, foldAll } from "../../protocol/fold.ts";
import { blocking, cancelled, completed, idsOf, next, note, say, typesOf, waiting } from "./scene.ts";
import type { DeclareTest } from "./scene.ts";

export function testFinish(test: DeclareTest): void {
  test("writes the last records and ends the run", async ({ store, own, run, events, claim, loseOwners }) => {
    const owned = await own();
    const { runId, fence } = owned.token;
    const records = [note("a"), say("b"), ...completed(owned).records];
    const result = await store.finish({ ...completed(owned), records });
    assert(result.outcome === "written");
    const ended = await run(runId);
    assertEqual([ended.status, ended.endedAt, ended.tail], ["completed", result.at, { seq: 5, fence }]);
    assertEqual(typesOf(await events(runId)).slice(2), ["step.completed", "status", "run.completed"]);
    await loseOwners();
    assertEqual(idsOf(await claim()), []);
  });

  test("ends failed and cancelled runs as well", async ({ store, own, run }) => {
    const failing = await own();
    const error = { name: "Error", message: "no", code: null, step: null };
    const failure = [{ event: { type: "run.failed", error } }] as const;
    await store.finish({ ...completed(failing), records: failure, status: "failed" });
    assertEqual((await run(failing.token.runId)).status, "failed");
    const other = await own();
    await store.finish(cancelled(other));
    assertEqual((await run(other.token.runId)).status, "cancelled");
  });

  test("a run that has ended takes nothing more", async ({ store, own, run }) => {
    const owned = await own();
    await store.finish(completed(owned));
    const before = await run(owned.token.runId);
    const after = { ...owned, tail: 3 };
    assertEqual(await store.append(next(after, say("a"))), { outcome: "fenced" });
    assertEqual(await store.park(waiting(after)), { outcome: "fenced" });
    assertEqual(await store.release(next(after)), { outcome: "fenced" });
    assertEqual(await store.finish(cancelled(after)), { outcome: "fenced" });
    assertEqual(await run(owned.token.runId), before);
  });

  test("the status is at all times what a fold of the stream says (E9)", async ({
    store,
    own,
    run,
    events,
    claimOne,
  }) => {
    const first = await own();
    const { runId } = first.token;
    const statuses: string[] = [];
    const check = async (): Promise<void> => {
      const { status, tail } = await run(runId);
      const view = foldAll(emptyView(runId), await events(runId));
      assertEqual([view.status, view.seq], [status, tail.seq]);
      statuses.push(status);
    };
    await check();
    await store.park(waiting(first));
    await check();
    await store.sendSignal(runId, { id: "1", name: "go", payload: null });
    await check();
    const second = await claimOne();
    await check();
    await store.requestCancel(runId);
    await check();
    await store.append(next(second, { event: { type: "run.cancelling" } }, say("cleaning up")));
    await check();
    await store.finish({ ...cancelled(second), after: second.tail + 2 });
    await check();
    await store.retryRun(runId);
    await check();
    const third = await claimOne();
    await store.block(blocking(third));
    await check();
    await store.unblockRuns(["default"]);
    await check();
    await store.acceptRun(runId);
    await check();
    await claimOne();
    await check();
    const expected = ["running", "waiting", "waiting", "running", "running", "cancelling", "cancelled"];
    assertEqual(statuses, expected.concat("queued", "blocked", "blocked", "queued", "running"));
  });
}
