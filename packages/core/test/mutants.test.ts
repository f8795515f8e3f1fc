/** The mutants that `npm run mutants` kills still apply, and every rule has its own. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MUTANTS } from "../../../scripts/mutants/list.mjs";

describe("mutants", () => {
  test.each(MUTANTS.map((mutant) => [`${mutant.rule}: ${mutant.why}`, mutant] as const))(
    "%s",
    (_name, mutant) => {
      const source = readFileSync(new URL(`../src/${mutant.file}`, import.meta.url), "utf8");
      expect(source.split(mutant.find)).toHaveLength(2);
      expect(mutant.replace).not.toBe(mutant.find);
      for (const file of mutant.tests)
        expect(readFileSync(new URL(file, import.meta.url), "utf8")).not.toBe("");
    },
  );

  test("none is there twice", () => {
    const texts = MUTANTS.map(({ file, find, replace }) => `${file}: ${find} > ${replace}`);
    expect(texts.toSorted()).toEqual([...new Set(texts)].toSorted());
  });

  test("there is one for every rule, and two for E2 and E3", () => {
    const rules = MUTANTS.map(({ rule }) => rule);
    const count = (wanted: string): number => rules.filter((rule) => rule === wanted).length;
    for (let rule = 1; rule <= 12; rule++) expect(count(`E${rule}`), `E${rule}`).toBeGreaterThanOrEqual(1);
    expect(count("E2")).toBeGreaterThanOrEqual(2);
    expect(count("E3")).toBeGreaterThanOrEqual(2);
  });
});
