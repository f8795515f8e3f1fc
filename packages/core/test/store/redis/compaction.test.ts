// What a run that has ended leaves behind in Redis.
import { START } from "@alder/core/protocol";
import { createRedisStore } from "@alder/core/redis";
import type { Claim, FinishInput, Store } from "@alder/core/store";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let redis: Redis;
let store: Store;
beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  store = createRedisStore({ url: server.url });
});
afterEach(async () => {
  redis.disconnect();
  await store.close();
  await server.stop();
});

const error = { name: "Error", message: "no", code: null, step: null };
const base = "alder:{p0}";
const bytesOf = async (key: string): Promise<number> =>
  Number((await redis.call("MEMORY", "USAGE", key)) ?? 0);

/** A run in the middle, with a step that has finished and a signal. */
async function own(size = 10): Promise<Claim> {
  await store.createRun({ workflow: "article", queue: "article", input: {} });
  const request = { worker: "w", queues: ["article"], limit: 1, leaseMs: 60_000, idle: true };
  const claim = (await store.claim(request)).claims[0]!;
  const { token, tail } = claim;
  const step = {
    event: { type: "status", message: "a".repeat(size), step: null },
    entry: { t: "ok" },
  } as const;
  await store.append({ token, after: tail, records: [step], progress: true });
  await store.sendSignal(token.runId, { id: "1", name: "go", payload: null });
  return { ...claim, tail: tail + 1 };
}

function ended({ token, tail }: Claim, status: "completed" | "failed"): FinishInput {
  const event = status === "completed" ? ({ type: "run.completed", output: null } as const) : undefined;
  const records = [{ event: event ?? ({ type: "run.failed", error } as const) }];
  return { token, after: tail, records, progress: false, status };
}

test("of a completed run the journal goes, and the room set aside for more events; all that can be read stays", async () => {
  const claim = await own();
  const { runId } = claim.token;
  const [events, journal] = [`${base}:events:${runId}`, `${base}:journal:${runId}`];
  const before = await bytesOf(events);
  const input = ended(claim, "completed");
  const result = await store.finish(input);
  expect(await redis.exists(journal)).toBe(0);
  expect(await bytesOf(events)).toBeLessThan(before / 2);
  const page = await store.readEvents(runId, START, 10);
  expect(page.outcome === "events" && page.events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "run.queued"],
    [2, "run.started"],
    [3, "status"],
    [4, "run.completed"],
  ]);
  expect((await store.readRun(runId))?.status).toBe("completed");
  // Sent again, each is told what it was told, or would have been.
  expect(await store.finish(input)).toEqual(result);
  expect(await store.sendSignal(runId, { id: "1", name: "go", payload: null })).toBe("duplicate");
  expect(await store.readSignals(runId, 0)).toHaveLength(1);
  expect(await store.retryRun(runId)).toBe("completed");
});

test("a run that failed keeps what a retry needs", async () => {
  const claim = await own();
  const { runId } = claim.token;
  await store.finish(ended(claim, "failed"));
  expect(await store.retryRun(runId)).toBe("retried");
  const again = await own();
  expect(again.token.runId).toBe(runId);
  expect([again.salt, again.journal.length, again.signals.length]).toEqual([claim.salt, 4, 1]);
});

test("a long stream is not copied, and is whole", async () => {
  const claim = await own(100_000);
  const events = `${base}:events:${claim.token.runId}`;
  const before = await bytesOf(events);
  await store.finish(ended(claim, "completed"));
  expect(await bytesOf(events)).toBeGreaterThanOrEqual(before);
});

test("of a deleted run nothing is left but where runs are listed by status", async () => {
  await store.ping();
  const atFirst = new Set(await redis.keys("*"));
  for (const status of ["completed", "failed"] as const) await store.finish(ended(await own(), status));
  expect(await store.deleteEnded(0)).toBe(2);
  const left = (await redis.keys("*")).filter((key) => !atFirst.has(key));
  expect(left.toSorted()).toEqual([`${base}:lists`, `${base}:number`, `${base}:turn`, `${base}:turns`]);
});
