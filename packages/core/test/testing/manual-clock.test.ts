import { createManualClock } from "@alder/core/testing";
import { expect, test } from "vitest";

test("stands still until it is told to move", () => {
  const clock = createManualClock(1000);
  expect(clock.now()).toBe(1000);
  clock.advance(5);
  expect(clock.now()).toBe(1005);
});

test("timers run in order of time, then of setting, each at its own time", () => {
  const clock = createManualClock(0);
  const ran: [string, number][] = [];
  const set = (name: string, ms: number): unknown =>
    clock.setTimeout(() => ran.push([name, clock.now()]), ms);
  set("late", 30);
  set("soon", 10);
  set("soon, too", 10);
  set("beyond", 31);
  clock.advance(30);
  expect(ran).toEqual([
    ["soon", 10],
    ["soon, too", 10],
    ["late", 30],
  ]);
});

test("a timer set by a timer runs in the same advance when it is due", () => {
  const clock = createManualClock(0);
  const ran: number[] = [];
  clock.setTimeout(() => clock.setTimeout(() => ran.push(clock.now()), 10), 10);
  clock.advance(19);
  expect(ran).toEqual([]);
  clock.advance(1);
  expect(ran).toEqual([20]);
});

test("a timer that was cleared does not run", () => {
  const clock = createManualClock(0);
  let ran = false;
  clock.clearTimeout(clock.setTimeout(() => (ran = true), 10));
  clock.advance(100);
  expect(ran).toBe(false);
});
