/**
 * E1 and E2 under fire: whole programs, stopped at every write of their journal and recovered.
 *
 * `ALDER_FUZZ=20` lives 20 seeds in full instead of one in part; `ALDER_SEED=7` begins at seed 7.
 */
import { afterAll, expect, test } from "vitest";
import { PROGRAMS } from "./programs.tsx";
import { torture } from "./torture.ts";

const seeds = Number(process.env.ALDER_FUZZ ?? 0);
const firstSeed = Number(process.env.ALDER_SEED ?? 1);
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

test.each(Object.entries(PROGRAMS))("%s", { timeout: 600_000 }, async (_name, program) => {
  for (let seed = firstSeed; seed < firstSeed + Math.max(1, seeds); seed++) {
    const { problems } = await torture(program, {
      seed,
      crashPoints: seeds > 0 ? 1000 : 6,
      chains: seeds > 0 ? 6 : 2,
    });
    expect(summary(problems), `seed ${seed}`).toEqual([]);
  }
});

afterAll(() => expect(unhandled).toEqual([]));

function summary(problems: readonly string[]): readonly string[] {
  return problems.length <= 8 ? problems : [...problems.slice(0, 8), `and ${problems.length - 8} more`];
}
