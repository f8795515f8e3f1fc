import { expect, test } from "vitest";
import { toEtaText } from "../page/eta-text.ts";

const left = { expectedMs: 47_000, leastMs: 32_000, mostMs: 71_000, runs: 4, waits: false };

test.each([
  [{}, "45 s", "30 s to 70 s, by 4 earlier runs"],
  [{ runs: 1 }, "45 s", "30 s to 70 s, by one earlier run"],
  [{ runs: 0 }, "45 s", "30 s to 70 s, at a guess"],
  [{ expectedMs: 3_400, leastMs: 0, mostMs: 9_100 }, "3 s", "0 s to 9 s, by 4 earlier runs"],
  [
    { expectedMs: 200_000, leastMs: 95_000, mostMs: 300_000 },
    "3.5 min",
    "1.5 min to 5 min, by 4 earlier runs",
  ],
  [{ mostMs: null }, "over 45 s", "how much is to come is not known"],
])("%o is %s, %s", (changed, text, sureness) => {
  expect(toEtaText({ ...left, ...changed }, false)).toEqual({ text, sureness });
});

test("what is seen of this run is no guess", () => {
  expect(toEtaText({ ...left, runs: 0 }, true).sureness).toBe("30 s to 70 s, by how it goes so far");
});

test("what nobody can tell is not told", () => {
  expect(toEtaText(null, true).text).toBe("not known yet");
});
