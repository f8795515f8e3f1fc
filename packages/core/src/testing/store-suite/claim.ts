import { deepStrictEqual as assertEqual, ok as assert } from "node:assert/strict";
import {
  claimRequest,
  idsOf,
  LEASE_MS,
  next,
  note,
  say,
  typesOf,
  waiting,
  type DeclareTest,
} from "./scene.ts";

export function testClaim(test: DeclareTest): void {
  test("gives all that is needed, and writes run.started with its entry", async ({
    store,
    create,
    run,
    events,
  }) => {
    const runId = await create({ input: { topic: "alders" } });
    const { createdAt } = await run(runId);
    const result = await store.claim(claimRequest({ worker: "w1" }));
    const [claim] = result.claims;
    assert(claim);
    const { fence } = claim.token;
    const [, started] = await events(runId);
    assert(started);
    assertEqual(started, { seq: 2, fence, at: started.at, type: "run.started", worker: "w1", execution: 1 });
    assert(claim.salt.length >= 16);
    assertEqual(result, {
      claims: [
        {
          token: { runId, fence },
          workflow: "article",
          tenant: null,
          input: { topic: "alders" },
          salt: claim.salt,
          createdAt,
          execution: 1,
          recoveries: 0,
          alone: false,
          tail: 2,
          journal: [{ seq: 2, at: started.at, entry: { t: "claimed" } }],
          signals: [],
          cancelRequested: false,
        },
      ],
      alone: 0,
    });
    const record = await run(runId);
    assertEqual([record.status, record.tail], ["running", { seq: 2, fence }]);
  });

  test("a fence is newer than the one before and at least store time", async ({
    store,
    own,
    loseOwners,
    claimOne,
  }) => {
    const before = await store.now();
    const first = await own();
    assert(first.token.fence >= before);
    await store.release(next(first));
    const second = await claimOne();
    assert(second.token.fence > first.token.fence);
    await loseOwners();
    const third = await claimOne();
    assert(third.token.fence > second.token.fence);
  });

  test("gives each run once, however many workers ask at once", async ({ store, other, create, claim }) => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => create()));
    const asked = Array.from({ length: 16 }, (_, index) =>
      (index % 2 === 0 ? store : other).claim(claimRequest({ worker: `w${index}`, limit: 4 })),
    );
    const given = (await Promise.all(asked)).flatMap(idsOf);
    assertEqual(given.toSorted(), ids.toSorted());
    assertEqual(idsOf(await claim()), []);
  });

  test("the oldest run first", async ({ create, claim }) => {
    const ids: string[] = [];
    for (let index = 0; index < 12; index++) ids.push(await create());
    assertEqual(idsOf(await claim({ limit: 5 })), ids.slice(0, 5));
    assertEqual(idsOf(await claim({ limit: 5 })), ids.slice(5, 10));
    assertEqual(idsOf(await claim({ limit: 5 })), ids.slice(10));
  });

  test("only from the queues that were asked for, and no more than asked for", async ({ create, claim }) => {
    const mine = await create({ queue: "mine" });
    const yours = await create({ queue: "yours" });
    assertEqual(idsOf(await claim({ queues: [] })), []);
    assertEqual(idsOf(await claim({ queues: ["mine"], limit: 0 })), []);
    assertEqual(idsOf(await claim({ queues: ["mine", "mine", "none"] })), [mine]);
    assertEqual(idsOf(await claim({ queues: ["yours"] })), [yours]);
  });

  test("queues in turn within a call: a backlog starves nobody", async ({ create, claim }) => {
    const long: string[] = [];
    for (let index = 0; index < 5; index++) long.push(await create({ queue: "long" }));
    const short = await create({ queue: "short" });
    const { claims } = await claim({ queues: ["long", "short"], limit: 3 });
    const ids = new Set(claims.map(({ token }) => token.runId));
    assertEqual(ids, new Set([long[0], long[1], short]));
  });

  test("queues in turn over many calls, whoever asks", async ({ store, other, create }) => {
    const queues = ["a", "b", "c"];
    const queueOf = new Map<string, string>();
    for (const queue of queues) {
      for (let index = 0; index < 4; index++) queueOf.set(await create({ queue }), queue);
    }
    const served: (string | undefined)[] = [];
    for (let index = 0; index < 12; index++) {
      const asked = claimRequest({ queues, limit: 1 });
      const [runId] = idsOf(await (index % 2 === 0 ? store : other).claim(asked));
      served.push(queueOf.get(runId!));
    }
    for (let turn = 0; turn < 12; turn += 3) {
      assertEqual(new Set(served.slice(turn, turn + 3)), new Set(queues));
    }
  });

  test("a run that was handed over is started again, not recovered", async ({
    store,
    own,
    claimOne,
    events,
  }) => {
    const first = await own();
    await store.release(next(first));
    const second = await claimOne({ worker: "w2" });
    assertEqual([second.execution, second.recoveries], [2, 0]);
    assertEqual(typesOf(await events(first.token.runId)), ["run.queued", "run.started", "run.started"]);
  });

  test("a run that waited is started again, not recovered", async ({ store, own, claimOne, events }) => {
    const first = await own();
    await store.park(waiting(first));
    await store.sendSignal(first.token.runId, { id: "1", name: "go", payload: null });
    const second = await claimOne();
    assertEqual([second.execution, second.recoveries], [2, 0]);
    assertEqual((await events(first.token.runId)).at(-1)?.type, "run.started");
  });

  test("a run whose owner was lost is recovered", async ({ own, loseOwners, claimOne, events, run }) => {
    const first = await own();
    await loseOwners();
    const { token, execution, recoveries, alone } = await claimOne({ worker: "w2" });
    assertEqual([execution, recoveries, alone], [2, 1, false]);
    const last = (await events(first.token.runId)).at(-1)!;
    assertEqual(last, {
      seq: 3,
      fence: token.fence,
      at: last.at,
      type: "run.recovered",
      worker: "w2",
      execution: 2,
      reason: "worker_lost",
    });
    assertEqual((await run(token.runId)).status, "running");
  });

  test("a run with an owner is not given away before the lease has expired and that was noticed", async (scene) => {
    const { own, claim, advance, store } = scene;
    await own();
    assertEqual(idsOf(await claim()), []);
    await advance(LEASE_MS + 1);
    assertEqual(idsOf(await claim()), []);
    await store.reap();
    assertEqual(idsOf(await claim()).length, 1);
  });

  test("brings the whole journal in order, and the signals", async ({ store, own, claimOne }) => {
    const first = await own();
    const { runId } = first.token;
    await store.append({ ...next(first, note("a", { big: "x".repeat(100_000) }), say("hi"), note("b")) });
    await store.append({ ...next(first, note("c")), after: 5 });
    await store.sendSignal(runId, { id: "1", name: "go", payload: { yes: true } });
    await store.sendSignal(runId, { id: "2", name: "go", payload: null, input: "step" });
    await store.release({ ...next(first, say("bye")), after: 6 });
    const second = await claimOne();
    assertEqual(
      second.journal.map(({ seq, entry }) => [seq, entry]),
      [
        [2, { t: "claimed" }],
        [3, { t: "ok", id: "a", value: { big: "x".repeat(100_000) } }],
        [5, { t: "ok", id: "b", value: null }],
        [6, { t: "ok", id: "c", value: null }],
        [8, { t: "claimed" }],
      ],
    );
    assertEqual(second.tail, 8);
    assertEqual(second.signals, await store.readSignals(runId, 0));
    assertEqual(second.signals.length, 2);
  });
}
