/** E1 and E2 under fire: random trees. `ALDER_FUZZ=20` grows twenty times as many, from seed `ALDER_SEED` on. */
import { afterAll, expect, test } from "vitest";
import { growProgram } from "./random-trees.tsx";
import { torture } from "./torture.ts";

const scale = Number(process.env.ALDER_FUZZ ?? 0);
const first = Number(process.env.ALDER_SEED ?? 1);
const count = scale > 0 ? scale * 30 : 30;
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

test("random trees, stopped anywhere, tell one story", { timeout: 3_600_000 }, async () => {
  for (let seed = first; seed < first + count; seed++) {
    const options = { seed, crashPoints: scale > 0 ? 12 : 3, chains: 1 };
    const { problems } = await torture(growProgram(seed), options);
    expect(problems.slice(0, 8), `seed ${seed}`).toEqual([]);
  }
});

afterAll(() => expect(unhandled).toEqual([]));
