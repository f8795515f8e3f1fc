// Whatever is done to limits, all stores answer the same, and nobody has what is not his to have.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedisStore } from "@alder/core/redis";
import { createSqliteStore } from "@alder/core/sqlite";
import type { Store } from "@alder/core/store";
import { createManualClock, createMemoryStore, type ManualClock } from "@alder/core/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drivers } from "../drivers.ts";
import { startRedis, type RedisServer } from "../redis/redis-server.ts";
import { createLimitActor, limitCommands } from "./commands.ts";

const RUNS = Number(process.env["ALDER_FUZZ_RUNS"] ?? 40);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test("any sequence, on Redis as in memory", { timeout: 300_000 }, async () => {
  let opened = 0;
  await expectTheSame(async (clock) => {
    opened += 1;
    return createRedisStore({ url: server.url, prefix: `limits-${opened}`, clock });
  });
});

test.each(drivers)("any sequence, on %s as in memory", { timeout: 300_000 }, async (driver) => {
  const folder = await mkdtemp(join(tmpdir(), "alder-limits-"));
  let opened = 0;
  try {
    await expectTheSame(async (clock) => {
      opened += 1;
      return createSqliteStore({ path: join(folder, `${opened}.db`), clock, driver });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function expectTheSame(open: (clock: ManualClock) => Promise<Store>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(limitCommands, async ({ base, commands }) => {
      const clock = createManualClock();
      const modelClock = createManualClock();
      const store = await open(clock);
      const model = createMemoryStore({ clock: modelClock });
      const actor = createLimitActor(store, base, (ms) => clock.advance(ms));
      const expected = createLimitActor(model, base, (ms) => modelClock.advance(ms));
      try {
        for (const command of commands) {
          const answer = await actor(command);
          expect([command, answer]).toEqual([command, await expected(command)]);
        }
      } finally {
        await store.close();
      }
    }),
    { numRuns: RUNS },
  );
}
