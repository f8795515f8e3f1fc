import { assert, constantFrom, jsonValue, property } from "fast-check";
import { expect, test } from "vitest";
import { textLength } from "../../src/client/text-length.ts";

test("a value has about as many characters as its JSON text", () => {
  const anyValue = jsonValue({ stringUnit: constantFrom("a", "é", "🌳"), maxDepth: 4 });
  assert(
    property(anyValue, (value) => {
      const length = textLength(value);
      const exact = JSON.stringify(value).length;
      // Numbers and literals count as five characters.
      expect(length).toBeGreaterThanOrEqual(exact / 6);
      expect(length).toBeLessThanOrEqual(exact * 6);
    }),
  );
});

test("what is large in it counts exactly", () => {
  const value = { output: ["x".repeat(1_000_000), { deep: "y".repeat(500_000) }], step: null };
  expect(Math.abs(textLength(value) - JSON.stringify(value).length)).toBeLessThan(20);
});
