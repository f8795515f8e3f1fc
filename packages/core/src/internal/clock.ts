/** Time as it is injected: a real clock in a worker, a manual one in tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** `delayMs` as `setTimeout` takes it. */
  setTimeout(run: () => void, delayMs: number): Timer;
  clearTimeout(timer: Timer): void;
}

/** What `setTimeout` gave; opaque. */
type Timer = object | number;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
