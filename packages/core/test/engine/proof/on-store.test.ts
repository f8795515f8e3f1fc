/**
 * Random programs come to what the interpreter says also when their runs are in a store, and executed, written, parked,
 * handed over and taken over as a worker does (E1, E2, E8, E9). A sample; `npm run proof -- --redis` takes more.
 */
import { createRedisStore } from "@alder/core/redis";
import { createMemoryStore } from "@alder/core/testing";
import { afterAll, expect, test } from "vitest";
import { isOnRedis, redisServer } from "../../store/open-test-store.ts";
import { generate } from "./generate.ts";
import { createStoreOfPrograms } from "./live-on-store.ts";
import { prove, type Effort } from "./prove.ts";

const first = Number(process.env["ALDER_SEED"] ?? 1);
const [programs, throughout] = isOnRedis ? [60, 4] : [5, 1];
const url = isOnRedis ? (await redisServer()).url : undefined;
const store = createStoreOfPrograms((clock) =>
  url === undefined ? createMemoryStore({ clock }) : createRedisStore({ url, clock }),
);
afterAll(() => store.close());

async function expectAgreement(seed: number, effort: Effort): Promise<number> {
  const { problems, recoveries } = await prove(generate(seed), effort, store.live);
  expect(problems.slice(0, 4), `seed ${seed}`).toEqual([]);
  return recoveries;
}

test(`${programs} random programs agree, stopped here and there`, { timeout: 300_000 }, async () => {
  let recoveries = 0;
  for (let seed = first; seed < first + programs; seed++)
    recoveries += await expectAgreement(seed, { crashPoints: 3, chains: 1 });
  expect(recoveries).toBeGreaterThan(programs * 5);
});

test(`${throughout} agree wherever they are stopped`, { timeout: 300_000 }, async () => {
  for (let seed = first; seed < first + throughout; seed++)
    await expectAgreement(seed, { crashPoints: isOnRedis ? Infinity : 5, chains: 1 });
});
