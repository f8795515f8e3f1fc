import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Duration, parseDuration } from "../../src/internal/duration.ts";

test.each<[Duration, number]>([
  [0, 0],
  [1500, 1500],
  ["250ms", 250],
  ["2s", 2000],
  ["1.5m", 90_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
])("%s is %d ms", (duration, ms) => {
  expect(parseDuration(duration, "x")).toBe(ms);
});

const bad: unknown[] = [
  -1,
  Number.NaN,
  Infinity,
  "2 minutes",
  "2",
  "",
  "m",
  "-1s",
  "1e3s",
  "2M",
  null,
  undefined,
  {},
];

test.each(bad)("%s is refused, and the message names where", (duration) => {
  expect(() => parseDuration(duration as Duration, "Research.timeout()")).toThrow(
    expect.objectContaining({
      code: "bad_duration",
      message: expect.stringMatching(/^Research\.timeout\(\): .* is not a duration/),
    }),
  );
});

test("a unit is a factor", () => {
  fc.assert(
    fc.property(fc.nat(10_000), (count) => {
      expect(parseDuration(`${count}m`, "x")).toBe(parseDuration(`${count * 60}s`, "x"));
    }),
  );
});
