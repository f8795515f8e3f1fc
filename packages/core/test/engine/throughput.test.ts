/** E9: how long a run still takes of which hundreds of steps wait for their turn at a limit. */
import { describe, expect, test } from "vitest";
import { estimate, type Progress } from "../../src/engine/estimate.ts";
import type { PastRun } from "../../src/engine/past-run.ts";
import type { NamedSteps } from "../../src/engine/run-times.ts";

const named = (given: Partial<NamedSteps>): NamedSteps => ({
  begun: 0,
  running: 0,
  runningSince: 0,
  ended: 0,
  tookMs: 0,
  shareMs: 0,
  firstMs: 0,
  lastMs: 0,
  expectMs: undefined,
  isLimited: true,
  ...given,
});

/** A run of which `count` steps began at once, each 100 ms after the other coming through, `ended` of them so far. */
function queueOf(count: number, ended: number, given: Partial<NamedSteps> = {}): Progress {
  const running = count - ended;
  const steps = new Map([["Ask", named({ begun: count, running, ended, ...given })]]);
  return { activeMs: ended * 100, waits: 0, running, steps };
}

/** `count` steps that came through one after the other, and then one that took two seconds. */
function pastOf(count: number, perStepMs = 100): PastRun {
  const queue = count * perStepMs;
  return {
    activeMs: queue + 2_000,
    waits: 0,
    steps: [
      { name: "Ask", count, tookMs: queue / 2, shareMs: queue, firstMs: 0, lastMs: 0 },
      { name: "Join", count: 1, tookMs: 2_000, shareMs: 2_000, firstMs: queue, lastMs: queue },
    ],
  };
}

describe("steps that wait for their turn", () => {
  test("take as long as those that came through, where nothing is known of earlier runs", () => {
    const told = estimate(queueOf(300, 100), [], 1_000_000);
    expect(told).toMatchObject({ remainingMs: 20_000, runs: 0 });
    expect(told!.leastMs).toBeGreaterThanOrEqual(16_000);
    expect(told!.mostMs).toBeLessThanOrEqual(24_000);
    expect(estimate(queueOf(300, 100), [], undefined)).toMatchObject({ remainingMs: 20_000 });
  });

  test("are told the less surely the fewer came through, and of a handful nothing is told", () => {
    const [few, many] = [
      estimate(queueOf(300, 20), [], undefined),
      estimate(queueOf(300, 100), [], undefined),
    ];
    expect(few!.mostMs! / few!.remainingMs).toBeGreaterThan(many!.mostMs! / many!.remainingMs);
    expect(estimate(queueOf(300, 5), [], undefined)).toBeNull();
    expect(estimate(queueOf(300, 5), [], 60_000)).toMatchObject({ remainingMs: 59_500 });
  });

  test("are told the same after the first third of a run like the last one, with what comes after them", () => {
    expect(estimate(queueOf(300, 100), [pastOf(300)], undefined)).toMatchObject({
      remainingMs: 22_000,
      runs: 1,
    });
  });

  test("may be many more than ever, or come through more slowly", () => {
    expect(estimate(queueOf(300, 100), [pastOf(30)], undefined)).toMatchObject({ remainingMs: 22_000 });
    expect(estimate(queueOf(300, 100), [pastOf(300, 10)], undefined)).toMatchObject({ remainingMs: 22_000 });
    // Before enough have come through, as those of the past did.
    expect(estimate(queueOf(300, 0), [pastOf(30)], undefined)).toMatchObject({ remainingMs: 32_000 });
  });

  test("of which a third came in a burst are not told as if the others would, too", () => {
    const burst = { ...queueOf(300, 100), activeMs: 4_000 };
    const told = estimate(burst, [pastOf(300)], undefined)!.remainingMs;
    // 40 ms each so far, and 100 ms in the past.
    expect(told).toBe(200 * 80 + 2_000);
  });

  test("that have no limit are told by how long each takes, as before", () => {
    const together = queueOf(30, 0, { isLimited: false, runningSince: 0 });
    const past: PastRun = {
      activeMs: 10_000,
      waits: 0,
      steps: [{ name: "Ask", count: 30, tookMs: 10_000, shareMs: 10_000, firstMs: 0, lastMs: 0 }],
    };
    expect(estimate({ ...together, activeMs: 5_000 }, [past], undefined)).toMatchObject({
      remainingMs: 5_000,
    });
  });
});
