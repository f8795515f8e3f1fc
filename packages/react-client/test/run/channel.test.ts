import { beforeEach, describe, expect, test } from "vitest";
import { createChannel, type Channel } from "../../src/run/channel.ts";
import { createTestClock, type TestClock } from "../support/manual-clock.ts";

let clock: TestClock;
let channel: Channel<number>;
let told: number[];

beforeEach(() => {
  clock = createTestClock();
  channel = createChannel(0, 50, clock);
  told = [];
  channel.listen(() => told.push(channel.get()));
});

test("invariant 1: between two tellings the state is the same", () => {
  channel.offer(1, false);
  channel.offer(2, false);
  expect(channel.get()).toBe(1);
  clock.advance(50);
  expect(channel.get()).toBe(2);
});

describe("invariant 2", () => {
  test("20,000 states in a second are told once in 50 ms, the last one too", () => {
    for (let state = 1; state <= 20_000; state++) {
      channel.offer(state, false);
      if (state % 20 === 0) clock.advance(1);
    }
    clock.advance(50);
    expect(told.length).toBeLessThanOrEqual(21);
    expect(told.length).toBeGreaterThan(15);
    expect(told.at(-1)).toBe(20_000);
  });

  test("what is urgent is told at once, with all before it, and once", () => {
    channel.offer(1, false);
    channel.offer(2, false);
    channel.offer(3, true);
    expect(told).toEqual([1, 3]);
    clock.advance(50);
    expect(told).toEqual([1, 3]);
  });

  test("the first after a pause is told at once", () => {
    channel.offer(1, false);
    clock.advance(60);
    channel.offer(2, false);
    expect(told).toEqual([1, 2]);
  });
});

test("the state is kept up to date while nobody listens", () => {
  const alone = createChannel(0, 50, clock);
  alone.offer(1, false);
  alone.offer(2, false);
  expect(alone.get()).toBe(2);
});

test("a function that listens twice is told twice, and leaves once", () => {
  const twice = (): void => void told.push(-1);
  const leave = channel.listen(twice);
  channel.listen(twice);
  channel.offer(1, true);
  leave();
  channel.offer(2, true);
  expect(told).toEqual([1, -1, -1, 2, -1]);
});
