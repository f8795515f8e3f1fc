/**
 * Hands the newest state to its listeners, no more often than they can use it.
 *
 * 1. What listeners see changes only when they are told: between two tellings it is the same object.
 * 2. They are told at most once in `throttleMs`, except of what is urgent; the last state offered is always told.
 * 3. A listener that throws takes nothing from the others, nor from who offers.
 */
import { callListener } from "../call-listener.ts";
import type { Clock } from "../clock.ts";

export interface Channel<T> {
  /** The state last told. */
  get(): T;
  /** A newer state. */
  offer(state: T, isUrgent: boolean): void;
  listen(listener: () => void): () => void;
}

export function createChannel<T>(initial: T, throttleMs: number, clock: Clock): Channel<T> {
  const listeners = new Set<() => void>();
  let told = initial;
  let newest = initial;
  let toldAt = Number.NEGATIVE_INFINITY;
  let cancelTimer: (() => void) | null = null;

  function tell(): void {
    cancelTimer?.();
    cancelTimer = null;
    toldAt = clock.now();
    told = newest;
    // One listener may end another's interest.
    for (const listener of Array.from(listeners)) if (listeners.has(listener)) callListener(listener);
  }

  return {
    get: () => told,
    offer: (state, isUrgent) => {
      newest = state;
      const waitMs = toldAt + throttleMs - clock.now();
      if (isUrgent || waitMs <= 0 || listeners.size === 0) tell();
      else cancelTimer ??= clock.after(waitMs, tell);
    },
    listen: (listener) => {
      // The same function given twice is two listeners.
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
