import { createManualClock } from "@alder/core/testing";
import type { Clock } from "@alder/react-client";

export interface TestClock extends Clock {
  /** Moves time on by so many milliseconds. */
  advance(ms: number): void;
}

/** A clock that stands still until it is told to move. */
export function createTestClock(): TestClock {
  const clock = createManualClock();
  return {
    now: () => clock.now(),
    after: (delayMs, callback) => {
      const timer = clock.setTimeout(callback, delayMs);
      return () => clock.clearTimeout(timer);
    },
    advance: (ms) => clock.advance(ms),
  };
}
