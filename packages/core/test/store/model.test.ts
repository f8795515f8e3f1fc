// Whatever is done to them, the store in memory and the embedded one answer the same.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@alder/core/sqlite";
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createBystander } from "./bystander.ts";
import { commands } from "./commands.ts";
import { drivers } from "./drivers.ts";

const RUNS = Number(process.env["ALDER_FUZZ_RUNS"] ?? 60);

test.each(drivers)(
  "any sequence of operations, on %s as in memory",
  async (driver) => {
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const folder = await mkdtemp(join(tmpdir(), "alder-model-"));
        const clock = createManualClock();
        const modelClock = createManualClock();
        const file = { path: join(folder, "runs.db"), clock, driver };
        const store = createSqliteStore({ ...file, random: createRandom() });
        const model = createMemoryStore({ clock: modelClock, random: createRandom() });
        const bystander = createBystander(store, (ms) => clock.advance(ms));
        const expected = createBystander(model, (ms) => modelClock.advance(ms));
        try {
          for (const command of sequence) {
            const answer = await bystander.do(command);
            expect([command, answer]).toEqual([command, await expected.do(command)]);
          }
          await bystander.check();
          await expected.check();
        } finally {
          await store.close();
          await rm(folder, { recursive: true });
        }
      }),
      { numRuns: RUNS },
    );
  },
  300_000,
);

/** The same bytes for both, so that ids and salts are equal, too. */
function createRandom(): (size: number) => Uint8Array {
  let count = 0;
  return (size) => {
    count += 1;
    return Uint8Array.from({ length: size }, (_, index) => (count >> (8 * (index % 4))) & 0xff);
  };
}
