/**
 * How long a run still takes, told from how runs of the past went.
 *
 * For each of these: what it still took once it was as far as this run is now. The middle of all is the estimate, how far
 * they are apart tells how sure it is. Nothing is assumed of a distribution, but that few runs tell little.
 */
import type { EventBody } from "../protocol/events.ts";
import type { PastRun, PastStep } from "./past-run.ts";
import type { NamedSteps } from "./run-times.ts";
import { throughputOf } from "./throughput.ts";

/** How far a run has come. */
export interface Progress {
  /** The run's own time so far. */
  readonly activeMs: number;
  readonly waits: number;
  /** How many steps execute, of all names. */
  readonly running: number;
  readonly steps: ReadonlyMap<string, NamedSteps>;
}

export type Estimate = Omit<Extract<EventBody, { type: "estimate" }>, "type">;

/** Nothing but an author's guess, or one run: half or twice as long is no surprise. */
const FIRST_SPREAD = 0.5;
/** Spreads on either side of the middle between which four in five lie. */
const FOUR_IN_FIVE = 1.28;
/** However well the past is known, so much of a whole run's time may come between. */
const LEAST_SPREAD = 0.05;

/** Null where nothing is known. `expectMs`: what the author thinks a run takes. */
export function estimate(
  progress: Progress,
  past: readonly PastRun[],
  expectMs: number | undefined,
): Estimate | null {
  if (past.length > 0) return fromPast(progress, past);
  return expectMs === undefined ? fromRunning(progress) : fromExpected(progress, expectMs);
}

function fromPast(progress: Progress, past: readonly PastRun[]): Estimate {
  const runs = past.length;
  const left = past.map((run) => remainingAfter(run, progress));
  const middle = median(left);
  const square = left.reduce((sum, one) => sum + (one - middle) ** 2, (FIRST_SPREAD * middle) ** 2);
  const least = LEAST_SPREAD * median(past.map(({ activeMs }) => activeMs));
  const spread = Math.max(least, Math.sqrt(square / runs)) * FOUR_IN_FIVE;
  const waits = median(past.map((run) => run.waits)) > progress.waits;
  return toEstimate(middle, Math.max(0, middle - spread), middle + spread, runs, waits);
}

function fromExpected(progress: Progress, expectMs: number): Estimate {
  const seen = fromThroughput(progress);
  if (seen !== null) return seen;
  const middle = Math.max(expectMs - progress.activeMs, longestExpected(progress) ?? 0);
  return toEstimate(middle, middle * FIRST_SPREAD, Math.max(middle / FIRST_SPREAD, expectMs / 10), 0, false);
}

/** Where many wait for their turn at a limit, those that have come through tell more than anybody's guess. */
function fromThroughput({ steps, activeMs }: Progress): Estimate | null {
  const { waiting, perStepMs, spread } = throughputOf(steps.values(), activeMs);
  if (perStepMs === null || waiting === 0) return null;
  const middle = waiting * perStepMs;
  return toEstimate(middle, middle * (1 - spread), middle * (1 + spread), 0, false);
}

/** What executes has been given a time, what comes after it is not known. */
function fromRunning(progress: Progress): Estimate | null {
  const seen = fromThroughput(progress);
  if (seen !== null) return seen;
  const middle = longestExpected(progress);
  return middle === null ? null : toEstimate(middle, middle * FIRST_SPREAD, null, 0, false);
}

/**
 * What the past run took from here on: the share of steps yet to come, by how many there were, and what is left of those
 * that execute. Of those that wait for their turn at a limit, however many more there are than in the past, each takes as
 * long as `throughputMs` says. A name whose last step began before what this run has reached is over: nothing more of it
 * comes.
 */
function remainingAfter(run: PastRun, { steps, running, activeMs }: Progress): number {
  let reached = 0;
  for (const { name, firstMs } of run.steps) if (steps.has(name)) reached = Math.max(reached, firstMs);
  const { perStepMs } = throughputOf(steps.values(), activeMs);
  let sum = 0;
  let longest = 0;
  for (const step of run.steps) {
    const own = steps.get(step.name);
    const pastMs = step.shareMs / step.count;
    const shareMs = own?.isLimited ? throughputMs(own, perStepMs, pastMs) : pastMs;
    if (step.lastMs >= reached) sum += Math.max(0, step.count - (own?.begun ?? 0)) * shareMs;
    if (own === undefined || own.running === 0) continue;
    if (own.isLimited) {
      sum += own.running * shareMs;
      continue;
    }
    const leftMs = leftOf(own, step.tookMs, activeMs);
    // More of them at once than there ever were take no longer together than those did.
    const together = Math.min(own.running, step.count);
    if (leftMs > 0) sum += together * shareMs * Math.min(1, leftMs / step.tookMs);
    longest = Math.max(longest, leftMs);
  }
  for (const [name, own] of steps) {
    if (own.running === 0 || own.expectMs === undefined || isOf(run, name)) continue;
    const leftMs = leftOf(own, own.expectMs, activeMs);
    sum += (leftMs * own.running) / running;
    longest = Math.max(longest, leftMs);
  }
  return Math.max(sum, longest);
}

/**
 * How long it takes from one that comes through to the next. Limits let some through at once at the beginning: that a run is
 * faster than those of the past is believed as far as it has come, that it is slower at once.
 */
function throughputMs({ ended, running }: NamedSteps, perStepMs: number | null, pastMs: number): number {
  if (perStepMs === null || perStepMs >= pastMs) return perStepMs ?? pastMs;
  return pastMs + ((perStepMs - pastMs) * ended) / (ended + running);
}

function longestExpected({ steps, activeMs }: Progress): number | null {
  let longest: number | null = null;
  for (const own of steps.values()) {
    if (own.running === 0 || own.expectMs === undefined) continue;
    longest = Math.max(longest ?? 0, leftOf(own, own.expectMs, activeMs));
  }
  return longest;
}

/** What is left on average of those that execute, of the time one takes. */
function leftOf({ runningSince, running }: NamedSteps, tookMs: number, activeMs: number): number {
  return Math.max(0, tookMs - (activeMs - runningSince / running));
}

function isOf(run: PastRun, name: string): boolean {
  return run.steps.some((step: PastStep) => step.name === name);
}

function toEstimate(
  middle: number,
  least: number,
  most: number | null,
  runs: number,
  waits: boolean,
): Estimate {
  return {
    remainingMs: Math.round(middle),
    leastMs: Math.round(least),
    mostMs: most === null ? null : Math.round(most),
    runs,
    waits,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
