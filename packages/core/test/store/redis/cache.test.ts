// What Redis keeps of values that runs share, and for how long.
import { createRedisStore } from "@alder/core/redis";
import type { Store } from "@alder/core/store";
import { createManualClock, type ManualClock } from "@alder/core/testing";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SWEPT_VALUES } from "../../../src/store/transitions/cache.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";

const HOUR_MS = 3_600_000;

let server: RedisServer;
let redis: Redis;
let clock: ManualClock;
let store: Store;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(() => {
  redis = new Redis(server.url);
  clock = createManualClock();
  store = createRedisStore({ url: server.url, clock });
});
afterEach(async () => {
  await store.close();
  await redis.flushall();
  redis.disconnect();
});

const address = (key: string) => ({ key, component: "Draft", tenant: "acme", holder: "h" });
const lead = (key: string, leaseMs = 60_000) => store.readOrLead({ ...address(key), worker: "w", leaseMs });
async function fill(key: string, ttlMs = HOUR_MS): Promise<void> {
  await lead(key);
  await store.fillCache({ ...address(key), value: key, ttlMs });
}
const keysOf = async (): Promise<string[]> => (await redis.keys("alder:{c*")).toSorted();
/** As many keys as are wanted, all in the slot of the first. */
function keysOfOneSlot(count: number): readonly string[] {
  const slotOf = (text: string): number => {
    let value = 0x811c9dc5;
    for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return value % 64;
  };
  const keys: string[] = [];
  for (let index = 0; keys.length < count; index++) {
    if (slotOf(`k${index}`) === slotOf("k0")) keys.push(`k${index}`);
  }
  return keys;
}

test("keys are spread over slots by their hash", async () => {
  for (let index = 0; index < 40; index++) await fill(`k${index}`);
  const slots = new Set((await keysOf()).map((key) => /\{c\d+\}/.exec(key)?.[0]));
  expect(slots.size).toBeGreaterThan(20);
});

test("Redis forgets by itself whatever it was given: values, leads, and what leads to them", async () => {
  await fill("filled");
  await lead("led");
  const keys = await keysOf();
  expect(keys).toHaveLength(8);
  for (const key of keys) {
    const ttlMs = await redis.pttl(key);
    expect([key, ttlMs > 0 && ttlMs <= 2 * HOUR_MS + 120_000]).toEqual([key, true]);
  }
});

test("an index lasts as long as the last of what it leads to", async () => {
  const [first, second] = keysOfOneSlot(2);
  await fill(first!, 10 * HOUR_MS);
  await fill(second!, HOUR_MS);
  const [index] = await redis.keys("alder:{c*}:tenants");
  expect(await redis.pttl(index!)).toBeGreaterThan(10 * HOUR_MS);
});

test("what has expired is deleted by who comes next, a little at a time; what was renewed stays", async () => {
  const keys = keysOfOneSlot(2 * SWEPT_VALUES + 2);
  const [led, last, ...others] = keys;
  await lead(led!, 60_000);
  for (const key of others) await fill(key, HOUR_MS);
  for (let minute = 0; minute < 61; minute++) {
    clock.advance(59_000);
    await store.renewLeads({ worker: "w", leaseMs: 60_000, leads: [{ key: led!, holder: "h" }] });
  }
  clock.advance(30_000);
  const [components] = await redis.keys("alder:{c*}:components");
  expect(await redis.zcard(components!)).toBe(keys.length - 1);
  // To lead and to fill each look at some, the renewed lead among the first.
  await lead(last!);
  expect(await redis.zcard(components!)).toBe(SWEPT_VALUES + 2 + 1);
  await store.fillCache({ ...address(last!), value: 1, ttlMs: HOUR_MS });
  expect(await redis.zcard(components!)).toBe(3);
  expect(await redis.zcard(components!.replace("components", "tenants"))).toBe(3);
  expect(await store.fillCache({ ...address(led!), value: 1, ttlMs: HOUR_MS })).toBe("filled");
});

test("clearing looks at nothing else", async () => {
  await fill("k1");
  for (let index = 0; index < 50; index++) await redis.set(`other:${index}`, "x");
  const monitor = await redis.monitor();
  const commands: string[] = [];
  monitor.on("monitor", (_time: string, given: readonly string[]) => commands.push(given[0]!.toLowerCase()));
  expect(await store.clearCache({ component: "Draft" })).toBe(1);
  await redis.echo("end");
  while (!commands.includes("echo")) await new Promise((resolve) => setImmediate(resolve));
  monitor.disconnect();
  expect(commands).not.toContain("scan");
  expect(commands).not.toContain("keys");
  // One look in each of the 64 slots.
  expect(commands.filter((command) => command === "zrange")).toHaveLength(64);
  expect(await keysOf()).toEqual([]);
});
