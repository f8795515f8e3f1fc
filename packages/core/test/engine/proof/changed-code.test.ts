/** E4: whatever is done to the code between a crash and the recovery has the outcome that the rule says. */
import { describe, expect, test } from "vitest";
import { EDITS, growScript, liveChanged, SHAPES } from "./changed-code.ts";
import { Random } from "./random.ts";

const first = Number(process.env.ALDER_SEED ?? 1);
const count = Number(process.env.ALDER_EDITS ?? 6);

describe.each(Object.entries(EDITS))("%s", (_edit, edit) => {
  test.each(SHAPES)("in %s", { timeout: 120_000 }, async (shape) => {
    for (let seed = first; seed < first + count; seed++) {
      const random = new Random(seed);
      const script = growScript(seed, shape, random);
      const changed = { ...script, lines: edit([...script.lines], random) };
      const results = random.from(1, script.lines.length - 1);
      expect(await liveChanged(script, changed, results), `seed ${seed}`).toEqual([]);
    }
  });
});
