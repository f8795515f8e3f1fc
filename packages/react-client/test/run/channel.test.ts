import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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

afterEach(() => vi.unstubAllGlobals());

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

describe("invariant 3: a listener that throws", () => {
  const mistake = new Error("of the page");

  test("takes nothing from the others, and is reported", () => {
    const report = vi.fn<(error: unknown) => void>();
    vi.stubGlobal("reportError", report);
    const states = createChannel(0, 50, clock);
    const after: number[] = [];
    states.listen(() => {
      throw mistake;
    });
    states.listen(() => after.push(states.get()));
    states.offer(1, true);
    expect(after).toEqual([1]);
    expect(report).toHaveBeenCalledExactlyOnceWith(mistake);
  });

  test("is thrown where nobody catches it, where nothing can be reported to", () => {
    const later: (() => void)[] = [];
    vi.stubGlobal("reportError", undefined);
    vi.stubGlobal("queueMicrotask", (task: () => void) => void later.push(task));
    channel.listen(() => {
      throw mistake;
    });
    channel.offer(1, true);
    expect(later).toHaveLength(1);
    expect(later[0]).toThrow(mistake);
  });
});
