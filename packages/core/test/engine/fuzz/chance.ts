/** One seeded source of chance for timing and order, so that a failing life can be lived again. */
import type { Clock } from "../../../src/internal/clock.ts";

let state = 1;

export function reseed(seed: number): void {
  state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
}

/** From 0 to below 1. */
export function chance(): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return (state >>> 7) / 2 ** 24;
}

export function oneOf(count: number): number {
  return Math.floor(chance() * count);
}

export async function ticks(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** What work takes: nothing, or a few turns of the event loop. */
export function jitter(): Promise<void> {
  return ticks(oneOf(4));
}

/** An acknowledgement that comes at once, late, or after younger ones. */
export function lateAcknowledgement(): Promise<void> | undefined {
  const kind = oneOf(4);
  return kind < 2 ? undefined : ticks(kind === 2 ? 1 : 3);
}

/** A millisecond is a turn of the event loop, and passes while somebody waits for one. */
export function createTickClock(): Clock & { skipTo(time: number): void } {
  let now = 1_000_000;
  const timers = new Map<object, { readonly at: number; readonly run: () => void }>();
  let isTicking = false;
  const tick = (): void => {
    now++;
    for (const [timer, { at, run }] of timers) {
      if (at > now || !timers.delete(timer)) continue;
      run();
    }
    isTicking = timers.size > 0;
    if (isTicking) setImmediate(tick);
  };
  return {
    now: () => now,
    setTimeout(run, delayMs) {
      const timer = {};
      timers.set(timer, { at: now + Math.max(1, delayMs), run });
      if (!isTicking) setImmediate(tick);
      isTicking = true;
      return timer;
    },
    clearTimeout: (timer) => void timers.delete(timer as object),
    skipTo(time) {
      now = Math.max(now, time);
    },
  };
}
