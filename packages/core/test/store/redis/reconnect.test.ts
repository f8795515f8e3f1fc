// A connection or the server goes away and comes back.
import { createRedisStore } from "@alder/core/redis";
import type { Claim, Store } from "@alder/core/store";
import { START } from "@alder/core/protocol";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedis, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let store: Store;
beforeEach(async () => {
  server = await startRedis({ appendonly: "always" });
  store = createRedisStore({ url: server.url, retryForMs: 20_000 });
});
afterEach(async () => {
  await store.close();
  await server.stop();
});

const say = (message: string) => ({ event: { type: "status", message, step: null } }) as const;

async function own(): Promise<Claim> {
  await store.createRun({ workflow: "article", queue: "default", input: {} });
  const request = { worker: "w", queues: ["default"], limit: 1, leaseMs: 600_000, idle: true };
  const [claim] = (await store.claim(request)).claims;
  return claim!;
}

/** Resolves at the next call back. */
function nextChange(of: Store, runId: string): { readonly told: Promise<void>; readonly leave: () => void } {
  let leave = (): void => {};
  const told = new Promise<void>((resolve) => (leave = of.watchRun(runId, () => resolve())));
  return { told, leave };
}

test("connections that are killed again and again lose and repeat nothing", async () => {
  const { token, tail } = await own();
  const killer = new Redis(server.url);
  const messages: string[] = [];
  let killed = 0;
  for (let index = 0; index < 100; index++) {
    messages.push(`${index}`);
    const append = { token, after: tail + index, records: [say(`${index}`)], progress: false };
    const writing = store.append(append);
    // Sometimes before the answer, sometimes before the question.
    if (index % 4 === 0) killed += (await killer.call("CLIENT", "KILL", "TYPE", "normal")) as number;
    expect(await writing).toMatchObject({ outcome: "written" });
  }
  killer.disconnect();
  expect(killed).toBeGreaterThan(20);
  const page = await store.readEvents(token.runId, START, 1_000);
  const events = page.outcome === "events" ? page.events.slice(2) : [];
  expect(events.map((event) => event.type === "status" && event.message)).toEqual(messages);
});

test("a server that is killed and restarted has all that was acknowledged, and is written on", async () => {
  const { token, tail } = await own();
  let written = 0;
  for (let round = 0; round < 3; round++) {
    const before = store.append({ token, after: tail + written, records: [say("a")], progress: false });
    expect(await before).toMatchObject({ outcome: "written" });
    written += 1;
    await server.kill();
    const during = store.append({ token, after: tail + written, records: [say("b")], progress: false });
    await server.restart();
    expect(await during).toMatchObject({ outcome: "written" });
    written += 1;
  }
  expect((await store.readRun(token.runId))?.tail.seq).toBe(tail + written);
});

// Sooner than by the sweep.
test(
  "whoever watches is told of what changed while the connection was away",
  { timeout: 8_000 },
  async () => {
    const { token } = await own();
    const watcher = createRedisStore({ url: server.url });
    const listening = nextChange(watcher, token.runId);
    await listening.told;
    await server.kill();
    const away = nextChange(watcher, token.runId);
    await server.restart();
    await away.told;
    const told = nextChange(watcher, token.runId);
    await store.sendSignal(token.runId, { id: "1", name: "go", payload: null });
    await told.told;
    expect(await watcher.readSignals(token.runId, 0)).toHaveLength(1);
    for (const { leave } of [listening, away, told]) leave();
    await watcher.close();
  },
);

test("however many watch however many runs, there are two connections", async () => {
  const { token } = await own();
  const leaves = Array.from({ length: 200 }, (_, index) =>
    store.watchRun(token.runId.replace(/.{4}$/, `${1000 + index}`), () => {}),
  );
  leaves.push(
    store.watchQueues(() => {}),
    store.watchQueues(() => {}),
  );
  await nextChange(store, token.runId).told;
  const redis = new Redis(server.url, { connectionName: "observer" });
  const clients = (await redis.client("LIST")) as string;
  expect(clients.split("\n").filter((line) => line.includes("name=alder"))).toHaveLength(2);
  for (const leave of leaves) leave();
  // What was left is not listened to any more.
  while (((await redis.call("PUBSUB", "SHARDCHANNELS", "*")) as string[]).length > 1);
  redis.disconnect();
});
