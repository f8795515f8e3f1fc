// Whatever is done to them, the store in memory and the one in Redis answer the same: in two programs, in two languages.
import { createRedisStore } from "@alder/core/redis";
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBystander } from "../bystander.ts";
import { commands } from "../commands.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";

const RUNS = Number(process.env["ALDER_FUZZ_RUNS"] ?? 60);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test("any sequence of operations, on Redis as in memory", { timeout: 300_000 }, async () => {
  let opened = 0;
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const clock = createManualClock();
      const modelClock = createManualClock();
      opened += 1;
      const store = createRedisStore({ url: server.url, prefix: `model-${opened}`, clock });
      const model = createMemoryStore({ clock: modelClock });
      const bystander = createBystander(store, (ms) => clock.advance(ms));
      const expected = createBystander(model, (ms) => modelClock.advance(ms));
      const named = createNaming();
      const expectedNamed = createNaming();
      try {
        for (const command of sequence) {
          const answer = named(await bystander.do(command));
          expect([command, answer]).toEqual([command, expectedNamed(await expected.do(command))]);
        }
        await bystander.check();
        await expected.check();
      } finally {
        await store.close();
      }
    }),
    { numRuns: RUNS },
  );
});

/** Ids and salts are each store's own: runs are named in the order in which they are met, salts not at all. */
function createNaming(): (answer: unknown) => unknown {
  const names = new Map<string, string>();
  return (answer) => {
    if (answer === undefined) return undefined;
    const text = JSON.stringify(answer).replaceAll(/"salt":"\w+"/g, '"salt":""');
    return JSON.parse(
      text.replaceAll(/(\d+\.)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (runId) => {
        const name = names.get(runId) ?? `run-${names.size + 1}`;
        names.set(runId, name);
        return name;
      }),
    );
  };
}
