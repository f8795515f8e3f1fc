// A connection that breaks between a call and its answer: the call is sent again, and is one (E8, E9).
import { createRedisStore } from "@alder/core/redis";
import type { Claim, Store } from "@alder/core/store";
import { START } from "@alder/core/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startProxy, type Proxy } from "./proxy.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let proxy: Proxy;
let store: Store;
let direct: Store;
let opened = 0;
beforeAll(async () => {
  server = await startRedis();
  await loadScripts();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await startProxy(server.port);
  const prefix = `resend-${++opened}`;
  store = createRedisStore({ url: proxy.url, prefix });
  direct = createRedisStore({ url: server.url, prefix });
  await store.ping();
});
afterEach(async () => {
  expect(proxy.lost).toBe(1);
  await Promise.all([store.close(), direct.close()]);
  await proxy.close();
});

const request = { workflow: "article", queue: "default", input: { topic: "alders" } };
const claimRequest = { worker: "w", queues: ["default"], limit: 10, leaseMs: 60_000, idle: true };
const say = (message: string) => ({ event: { type: "status", message, step: null } }) as const;

/** Has every script executed once: what Redis says of one it does not know would be what is lost, and nothing executed. */
async function loadScripts(): Promise<void> {
  const warm = createRedisStore({ url: server.url, prefix: "warm" });
  const created = await warm.createRun({ ...request, idempotency: { key: "k", fingerprint: "f" } });
  const { runId } = created.outcome === "created" ? created.run : { runId: "" };
  const [claim] = (await warm.claim(claimRequest)).claims;
  const { token, tail } = claim!;
  await warm.append({ token, after: tail, records: [], progress: false });
  await warm.sendSignal(runId, { id: "1", name: "go", payload: null });
  const end = { event: { type: "run.cancelled" } } as const;
  await warm.finish({ token, after: tail, records: [end], progress: false, status: "cancelled" });
  await warm.requestCancel(runId);
  await warm.acceptRun(runId);
  await warm.retryRun(runId);
  const limit = { concurrency: 1 };
  const wanted = [{ id: "1", tenant: "", slot: true }];
  await warm.acquirePermits({ key: "k", limit, definedAt: 1, worker: "w", leaseMs: 1, heard: 0, wanted });
  await warm.releasePermits({ key: "k", worker: "w", given: [{ id: "1", outcome: "ok" }] });
  await warm.close();
}

async function create(): Promise<string> {
  const result = await direct.createRun(request);
  return result.outcome === "created" ? result.run.runId : "";
}

async function own() {
  await create();
  const [claim] = (await direct.claim(claimRequest)).claims;
  return claim!;
}

test("a start", async () => {
  proxy.loseAnswerTo("run.queued");
  const result = await store.createRun(request);
  expect(result.outcome).toBe("created");
  expect((await direct.listRuns({ limit: 10 })).runs).toHaveLength(1);
});

test("a start with an idempotency key", async () => {
  proxy.loseAnswerTo("run.queued");
  const idempotency = { key: "k", fingerprint: "f" };
  const first = await store.createRun({ ...request, idempotency });
  expect(first.outcome).toBe("created");
  const again = await direct.createRun({ ...request, idempotency });
  expect(again).toEqual({ ...first, outcome: "existing" });
});

test("a claim is given what it was given, under the same fences", async () => {
  const ids = [await create(), await create()];
  proxy.loseAnswerTo('"w"');
  const { claims } = await store.claim({ ...claimRequest, limit: 2 });
  expect(claims.map(({ token }) => token.runId).toSorted()).toEqual(ids.toSorted());
  for (const { token, tail, journal, execution, input } of claims) {
    expect([tail, execution, input]).toEqual([2, 1, request.input]);
    expect(journal).toMatchObject([{ seq: 2, entry: { t: "claimed" } }]);
    const append = { token, after: tail, records: [say("mine")], progress: false };
    expect(await direct.append(append)).toMatchObject({ outcome: "written" });
  }
  expect((await direct.claim(claimRequest)).claims).toEqual([]);
});

test("an append", async () => {
  const { token, tail } = await own();
  proxy.loseAnswerTo("once");
  const written = await store.append({ token, after: tail, records: [say("once")], progress: false });
  const page = await direct.readEvents(token.runId, START, 10);
  const events = page.outcome === "events" ? page.events : [];
  expect(events).toHaveLength(3);
  expect(written).toEqual({ outcome: "written", at: events[2]!.at });
});

test("a finish", async () => {
  const { token, tail } = await own();
  proxy.loseAnswerTo("run.completed");
  const records = [{ event: { type: "run.completed", output: 1 } }] as const;
  const end = { token, after: tail, records, progress: false, status: "completed" } as const;
  expect(await store.finish(end)).toMatchObject({ outcome: "written" });
  expect((await direct.readRun(token.runId))?.tail.seq).toBe(3);
});

test("a signal is accepted, not a duplicate of itself", async () => {
  const runId = await create();
  proxy.loseAnswerTo("signal-1");
  const signal = { id: "signal-1", name: "go", payload: null };
  expect(await store.sendSignal(runId, signal)).toBe("accepted");
  expect(await store.sendSignal(runId, signal)).toBe("duplicate");
  expect(await direct.readSignals(runId, 0)).toHaveLength(1);
});

test("permits: who has got one has it still, and the rate is counted once", async () => {
  const limit = { rate: { count: 10, periodMs: 60_000 } };
  const wanted = [{ id: "permit-1", tenant: "", slot: true }];
  const acquire = { key: "llm", limit, definedAt: 1, worker: "w", leaseMs: 60_000, heard: 0, wanted };
  proxy.loseAnswerTo("permit-1");
  const { answers, heard } = await store.acquirePermits(acquire);
  expect(answers).toEqual([{ id: "permit-1", outcome: "granted" }]);
  expect((await direct.acquirePermits({ ...acquire, heard: 0 })).heard).toBe(heard);
});

test("giving back what another has taken over meanwhile does nothing", async () => {
  const limit = { concurrency: 1 };
  const wanted = [{ id: "permit-1", tenant: "", slot: true }];
  const acquire = { key: "llm", limit, definedAt: 1, worker: "w", leaseMs: 60_000, heard: 0, wanted };
  await direct.acquirePermits(acquire);
  proxy.loseAnswerTo("permit-1", async () => {
    expect((await direct.acquirePermits({ ...acquire, worker: "v" })).answers[0]?.outcome).toBe("granted");
  });
  await store.releasePermits({ key: "llm", worker: "w", given: [{ id: "permit-1", outcome: "ok" }] });
  expect((await direct.readLimit("llm"))?.held.map(({ worker }) => worker)).toEqual(["v"]);
});

test("a cancel", async () => {
  const runId = await create();
  proxy.loseAnswerTo(runId);
  expect(await store.requestCancel(runId)).toBe("cancelled");
  expect(await store.requestCancel(runId)).toBe("ended");
});

test("an acceptance", async () => {
  const { token, tail } = await own();
  const event = { type: "run.blocked", message: "no", divergence: null, error: null } as const;
  await direct.block({ token, after: tail, records: [{ event }], progress: false });
  proxy.loseAnswerTo(token.runId);
  expect(await store.acceptRun(token.runId)).toBe("accepted");
  expect(await store.acceptRun(token.runId)).toBe("not_blocked");
});

test("a retry", async () => {
  const runId = await create();
  await direct.requestCancel(runId);
  proxy.loseAnswerTo(runId);
  expect(await store.retryRun(runId)).toBe("retried");
  expect(await store.retryRun(runId)).toBe("unfinished");
});

test("a retry, also when the run has failed again before the call is sent again", async () => {
  const claimed = await own();
  const { runId } = claimed.token;
  const error = { name: "Error", message: "no", code: null, step: null };
  const fail = async ({ token, tail: after }: Pick<Claim, "token" | "tail">): Promise<void> => {
    const records = [{ event: { type: "run.failed", error } }] as const;
    await direct.finish({ token, after, records, progress: false, status: "failed" });
  };
  await fail(claimed);
  proxy.loseAnswerTo(runId, async () => {
    const [claim] = (await direct.claim(claimRequest)).claims;
    await fail(claim!);
  });
  expect(await store.retryRun(runId)).toBe("retried");
  expect((await direct.readRun(runId))?.status).toBe("failed");
});

test("a cancel, also when the run was retried before the call is sent again", async () => {
  const runId = await create();
  proxy.loseAnswerTo(runId, async () => void (await direct.retryRun(runId)));
  expect(await store.requestCancel(runId)).toBe("cancelled");
  expect((await direct.readRun(runId))?.status).toBe("queued");
});

test("an acceptance, also when the run is blocked again before the call is sent again", async () => {
  const { token, tail } = await own();
  const event = { type: "run.blocked", message: "no", divergence: null, error: null } as const;
  await direct.block({ token, after: tail, records: [{ event }], progress: false });
  proxy.loseAnswerTo(token.runId, async () => {
    const [claim] = (await direct.claim(claimRequest)).claims;
    await direct.block({ token: claim!.token, after: claim!.tail, records: [{ event }], progress: false });
  });
  expect(await store.acceptRun(token.runId)).toBe("accepted");
  expect((await direct.readRun(token.runId))?.status).toBe("blocked");
});
