import { expect, test } from "vitest";
import { createCapacity } from "../model-server/capacity.ts";
import { createTokenBucket } from "../model-server/token-bucket.ts";

const limited = (retryAfterMs: number) => ({ outcome: "rate_limit", retryAfterMs });

test("a bucket gives what it holds at once, and then as fast as it is filled", () => {
  const bucket = createTokenBucket({ count: 10, periodMs: 1_000, burst: 3 }, 0);
  expect([1, 2, 3].map(() => bucket.take(1, 0))).toEqual([0, 0, 0]);
  expect(bucket.take(1, 0)).toBe(100);
  expect(bucket.take(1, 99)).toBeCloseTo(1);
  expect(bucket.take(1, 100)).toBe(0);
  // It never holds more than its burst, however long nobody called.
  expect([1, 2, 3, 4].map(() => bucket.take(1, 60_000) === 0)).toEqual([true, true, true, false]);
});

test("what needs more than a full bucket comes through when it is full, and is paid for afterwards", () => {
  const bucket = createTokenBucket({ count: 100, periodMs: 1_000 }, 0);
  expect(bucket.take(250, 0)).toBe(0);
  expect(bucket.take(1, 1_000)).toBe(510);
  expect(bucket.take(1, 1_510)).toBe(0);
});

test("a call over the rate of requests or of tokens is told when to come again, and costs nothing", () => {
  const requests = { count: 2, periodMs: 1_000 };
  const capacity = createCapacity({ requests, tokens: { count: 100, periodMs: 1_000 } }, 0);
  expect(capacity.refuse(90, 0)).toBeUndefined();
  expect(capacity.refuse(20, 0)).toEqual(limited(100));
  expect(capacity.refuse(20, 100)).toEqual(limited(400));
  expect(capacity.refuse(20, 500)).toBeUndefined();
});

test("refuses everything in bursts, until the burst is over", () => {
  const capacity = createCapacity({ busy: { everyMs: 1_000, forMs: 200 } }, 5_000);
  const refusals = [0, 799, 800, 999, 1_000, 1_799, 1_950].map((at) => capacity.refuse(1, 5_000 + at));
  expect(refusals).toEqual([
    undefined,
    undefined,
    limited(200),
    limited(1),
    undefined,
    undefined,
    limited(50),
  ]);
});

test("answers nothing in an outage, and everything after it", () => {
  const capacity = createCapacity({}, 0);
  capacity.change({ outage: true }, 0);
  expect(capacity.refuse(1, 10)).toEqual({ outcome: "outage" });
  capacity.change({ outage: false }, 20);
  expect(capacity.refuse(1, 20)).toBeUndefined();
});
