import { expect, test } from "vitest";
import { toTimeLeftText } from "../page/time-left-text.ts";

const sure = { expectedMs: 120_000, leastMs: 110_000, mostMs: 130_000, runs: 9, waits: false };

test.each([
  ["About 2 minutes left", {}],
  ["1 to 4 minutes left", { leastMs: 50_000, mostMs: 230_000 }],
  ["1 to 4 minutes left, at a guess", { leastMs: 60_000, mostMs: 240_000, runs: 0 }],
  ["About a minute left", { expectedMs: 58_000, leastMs: 50_000, mostMs: 66_000 }],
  ["About 40 seconds left", { expectedMs: 41_000, leastMs: 20_000, mostMs: 62_000 }],
  ["A few seconds left", { expectedMs: 2000, leastMs: 0, mostMs: 9000 }],
  ["At least 20 seconds left, at a guess", { expectedMs: 20_000, mostMs: null, runs: 0 }],
  ["About 2 minutes left, not counting the time for your review", { waits: true }],
])("%s", (text, left) => {
  expect(toTimeLeftText({ ...sure, ...left })).toBe(text);
});
