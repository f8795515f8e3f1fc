/** @jsxImportSource @alder/core */
/**
 * A Redis that comes back without what it had acknowledged (a crash within a second under `everysec`, a replica promoted
 * that lagged behind): the run is claimed anew and what was lost is done again, readers learn that their cursor is of a
 * stream that is no more, and nothing is silently wrong (E8, E9).
 */
import { setTimeout as pause } from "node:timers/promises";
import { component, workflow } from "@alder/core";
import { createStoreClient } from "@alder/core/client";
import { START, type RunEvent } from "@alder/core/protocol";
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { createWorker } from "@alder/core/worker";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedis, type RedisServer } from "../store/redis/redis-server.ts";

let server: RedisServer;
let store: Store;
beforeEach(async () => {
  server = await startRedis();
  store = createRedisStore({ url: server.url });
});
afterEach(async () => {
  await store.close();
  await server.stop();
});

/** What is written after this is lost when the server is restarted. */
async function keepUntilHere(): Promise<void> {
  const redis = new Redis(server.url);
  await redis.save();
  redis.disconnect();
}

async function readAll(runId: string): Promise<readonly RunEvent[]> {
  const page = await store.readEvents(runId, START, 1_000);
  return page.outcome === "events" ? page.events : [];
}

test("a worker whose run went back in time does again what was lost, and only that", async () => {
  const executed: string[] = [];
  const gates = new Map<string, () => void>();
  const Work = component("Work", async ({ of }: { of: string }) => {
    executed.push(of);
    const isFirst = !gates.has(of);
    if (isFirst) await new Promise<void>((resolve) => gates.set(of, resolve));
    return of;
  });
  const Letters = workflow("letters", async () => {
    const done: string[] = [];
    for (const of of ["a", "b", "c", "d"]) done.push(await Work.run({ of }));
    return done.join("");
  });
  const client = createStoreClient(store);
  const worker = createWorker({ store, workflows: [Letters], leaseMs: 1_000, onError: () => {} });
  await worker.start();
  const { run } = await client.start("letters", {});
  const { runId } = run;
  /** Resolves with the last event, once this step is under way; those before it are finished. */
  const under = async (of: string): Promise<RunEvent> => {
    while (!gates.has(of) || (await readAll(runId)).at(-1)?.type !== "step.started") await pause(5);
    return (await readAll(runId)).at(-1)!;
  };

  await under("a");
  gates.get("a")!();
  await under("b");
  await keepUntilHere();
  gates.get("b")!();
  const seen = await under("c");
  await server.restart();

  // A reader that has seen more is told, and reads again from the start.
  expect(await store.readEvents(runId, seen, 10)).toEqual({ outcome: "reset" });
  for (const of of ["c", "d"]) {
    gates.get(of)?.();
    gates.set(of, () => {});
  }
  const view = await client.waitForEnd(runId);
  expect(view).toMatchObject({ status: "completed", output: "abcd", recoveries: 1 });
  const events = await readAll(runId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "step.completed")).toHaveLength(4);
  // "a" was kept, and so is not done again; "b", and "c" which was under way, are.
  expect(executed.join("")).toBe("abcbcd");
  await worker.stop();
});
