/**
 * Random programs come to what the interpreter says, undisturbed and however their worker dies (E1, E2, E3, E6, E7, E12).
 * A sample; `npm run proof` takes thousands. `ALDER_SEED=7` begins at seed 7.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { generate } from "./generate.ts";
import type { Program } from "./program.ts";
import { prove } from "./prove.ts";

const first = Number(process.env.ALDER_SEED ?? 1);
const folder = new URL("cases/", import.meta.url);
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

test("150 random programs agree with the interpreter", { timeout: 300_000 }, async () => {
  for (let seed = first; seed < first + 150; seed++) {
    const { problems } = await prove(generate(seed));
    expect(problems.slice(0, 4), `seed ${seed}`).toEqual([]);
  }
});

test("10 agree also when they are stopped at every write", { timeout: 300_000 }, async () => {
  for (let seed = first; seed < first + 10; seed++) {
    const { problems } = await prove(generate(seed), { crashPoints: 20, chains: 1 });
    expect(problems.slice(0, 4), `seed ${seed}`).toEqual([]);
  }
});

const cases = readdirSync(folder).filter((name) => name.endsWith(".json"));

test.each(cases)("what has failed once: %s", { timeout: 60_000 }, async (name) => {
  const program = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Program;
  const { problems } = await prove(program, { crashPoints: Infinity, chains: 2 });
  expect(problems.slice(0, 4)).toEqual([]);
});

afterAll(() => expect(unhandled).toEqual([]));
