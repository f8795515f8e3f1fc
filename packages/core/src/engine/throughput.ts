/**
 * Steps that wait for their turn at a limit. Hundreds begin at once, and how long each has waited tells nothing; how many have
 * come through so far tells how long the others take. All limits of a run are taken together: what one makes, another uses.
 */
import type { NamedSteps } from "./run-times.ts";

export interface Throughput {
  /** How many have begun and not ended. */
  readonly waiting: number;
  /** From one that has come through to the next, on average; null while too few have. */
  readonly perStepMs: number | null;
  /** What part of the time told by it may be more or less: the fewer there were, the greater. */
  readonly spread: number;
}

/** Of fewer nothing is told. */
const LEAST_ENDED = 12;
const LEAST_SPREAD = 0.2;

/** `activeMs` is the run's own time so far. */
export function throughputOf(steps: Iterable<NamedSteps>, activeMs: number): Throughput {
  let waiting = 0;
  let ended = 0;
  let since = activeMs;
  for (const own of steps) {
    if (!own.isLimited) continue;
    waiting += own.running;
    ended += own.ended;
    since = Math.min(since, own.firstMs);
  }
  const perStepMs = ended < LEAST_ENDED ? null : (activeMs - since) / ended;
  return { waiting, perStepMs, spread: Math.max(LEAST_SPREAD, 1.5 / Math.sqrt(Math.max(1, ended))) };
}
