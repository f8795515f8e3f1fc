import { describe, expect, test } from "vitest";
import { parseRate, type Rate } from "../../src/internal/rate.ts";

test.each<[Rate, number, number]>([
  ["500/1m", 500, 60_000],
  ["1/500ms", 1, 500],
  ["200000/1.5h", 200_000, 5_400_000],
  ["3/1d", 3, 86_400_000],
])("%s", (rate, count, periodMs) => {
  expect(parseRate(rate, "there")).toEqual({ count, periodMs });
});

describe("is no rate", () => {
  test.each<unknown>([
    "500/m",
    "0/1m",
    "500/0s",
    "500",
    "1.5/1m",
    "-1/1m",
    "500/1w",
    "500 / 1m",
    "",
    500,
    null,
    { count: 1 },
  ])("%j", (given) => {
    expect(() => parseRate(given as Rate, "Draft.limit()")).toThrow(
      expect.objectContaining({
        code: "bad_rate",
        message: expect.stringMatching(/^Draft\.limit\(\): .*"500\/1m"/),
      }),
    );
  });
});
