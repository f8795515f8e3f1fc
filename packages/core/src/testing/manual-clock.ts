import type { Clock } from "../internal/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on by so many milliseconds; timers that are due run in order, each at its own time. */
  advance(ms: number): void;
  /** When the next timer is due; null where none is set. */
  nextTimerAt(): number | null;
}

/** A clock that stands still until it is told to move. `start` is in milliseconds since the epoch. */
export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  interface Pending {
    readonly at: number;
    readonly run: () => void;
  }
  let now = start;
  /** In the order they were set, which decides between timers of one time. */
  const pending = new Set<Pending>();

  function nextUntil(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of pending) if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
    return next;
  }

  return {
    now: () => now,
    setTimeout(run, delayMs) {
      const timer = { at: now + Math.max(0, delayMs), run };
      pending.add(timer);
      return timer;
    },
    clearTimeout: (timer) => void pending.delete(timer as Pending),
    nextTimerAt: () => nextUntil(Infinity)?.at ?? null,
    advance(ms) {
      const end = now + ms;
      for (let timer = nextUntil(end); timer; timer = nextUntil(end)) {
        pending.delete(timer);
        now = Math.max(now, timer.at);
        timer.run();
      }
      now = end;
    },
  };
}
