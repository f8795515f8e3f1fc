import { deepStrictEqual as assertEqual } from "node:assert/strict";
import type { Store } from "../../store/store.ts";
import { blocking, completed, LEASE_MS, next, say, waiting, type DeclareTest } from "./scene.ts";

const go = { id: "1", name: "go", payload: null };

export function testWatch(test: DeclareTest): void {
  test("every change of a run is told, wherever it is made", async (scene) => {
    const { store, other, create, claimOne } = scene;
    for (const watched of [store, other]) {
      const runId = await create();
      // Only what an owner writes while it goes on may be told as events alone.
      const stream = watchRun(watched, runId);
      const run = watchMore(watched, runId);
      const claim = await run.toldOf(() => claimOne());
      await stream.toldOf(() => store.append(next(claim, say("a"))));
      await run.toldOf(() => store.sendSignal(runId, { ...go, id: runId }));
      await run.toldOf(() => store.park(waiting(claim, { after: 3, signalsSeen: 1 })));
      await store.sendSignal(runId, { ...go, id: `${runId} again` });
      const again = await run.toldOf(() => claimOne());
      await run.toldOf(() => store.requestCancel(runId));
      await run.toldOf(() => store.release(next(again)));
      await run.toldOf(() => store.retryRun(runId));
      const last = await claimOne();
      await run.toldOf(() => store.block(blocking(last)));
      await run.toldOf(() => store.acceptRun(runId));
      await store.requestCancel(runId);
      run.unwatch();
      stream.unwatch();
    }
  });

  test("whoever waits for the end of a run learns of it", async ({ store, other, own }) => {
    for (const watched of [store, other]) {
      const claim = await own();
      const run = watchMore(watched, claim.token.runId);
      await run.toldOf(() => store.finish(completed(claim)));
      run.unwatch();
    }
  });

  test("whatever makes a run ready is told to those that watch the queues", async (scene) => {
    const { store, other, create, claimOne, advance } = scene;
    for (const watched of [store, other]) {
      const queues = watchQueues(watched);
      const runId = await queues.toldOf(() => create());
      const first = await claimOne();
      await queues.toldOf(() => store.release(next(first)));
      const second = await claimOne();
      await store.park(waiting(second));
      await queues.toldOf(() => store.sendSignal(runId, { ...go, id: runId }));
      const third = await claimOne();
      await advance(LEASE_MS + 1);
      await queues.toldOf(() => store.reap());
      const fourth = await claimOne();
      const wakeAt = (await store.now()) + 1;
      await store.park(waiting(fourth, { wakeAt, signalsSeen: 1 }));
      await advance(2);
      await queues.toldOf(() => store.reap());
      await store.block(blocking(await claimOne()));
      await queues.toldOf(() => store.unblockRuns(["default"]));
      await store.block(blocking(await claimOne()));
      await queues.toldOf(() => store.acceptRun(runId));
      await store.requestCancel(runId);
      await queues.toldOf(() => store.retryRun(runId));
      await store.finish(completed(await claimOne()));
      queues.unwatch();
      assertEqual(third.execution, 3);
    }
  });

  test("never while the call is being made that makes the change", async ({ store, own }) => {
    const claim = await own();
    const calls: string[] = [];
    const unwatch = store.watchRun(claim.token.runId, () => calls.push("told"));
    const done = store.append(next(claim, say("a")));
    calls.push("asked");
    // Whoever hears of it over another connection may do so before the answer has come.
    assertEqual(calls, ["asked"]);
    await done;
    unwatch();
  });

  test("one watcher that leaves takes nothing from another, and is not called again", async ({
    store,
    own,
  }) => {
    const claim = await own();
    const { runId } = claim.token;
    let calls = 0;
    const leave = store.watchRun(runId, () => calls++);
    const stay = watchRun(store, runId);
    leave();
    leave();
    await stay.toldOf(() => store.append(next(claim, say("a"))));
    assertEqual(calls, 0);
    stay.unwatch();
  });
}

interface Watch {
  readonly unwatch: () => void;
  /** Resolves, with what `change` resolves with, once the watcher was called back because of it. */
  toldOf<T>(change: () => Promise<T>): Promise<T>;
}

const watchRun = (store: Store, runId: string): Watch =>
  toWatch((onChange) => store.watchRun(runId, onChange));
/** Of what may be more than events. */
const watchMore = (store: Store, runId: string): Watch =>
  toWatch((onChange) => store.watchRun(runId, (news) => news === "anything" && onChange()));
const watchQueues = (store: Store): Watch => toWatch((onChange) => store.watchQueues(onChange));

function toWatch(watch: (onChange: () => void) => () => void): Watch {
  let onChange = (): void => {};
  const unwatch = watch(() => onChange());
  return {
    unwatch,
    async toldOf(change) {
      const told = new Promise<void>((resolve) => (onChange = resolve));
      // What was changed before may be told only now, which keeps this from hanging, never from failing.
      const result = await change();
      await told;
      return result;
    },
  };
}
