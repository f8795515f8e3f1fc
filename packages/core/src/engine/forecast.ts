/**
 * Says in the stream how long the run still takes.
 *
 * 1. Nothing is said before the store was asked for runs of the past, and never what is not known.
 * 2. It is said when it is news: for the first time here, or when the end has moved by more than a person would notice; at
 *    most once a second, whatever the run does.
 * 3. It is not journaled: a view holds it until the next owner takes the run, who looks again (E5). While people are waited
 *    for there is none, as the view knows.
 */
import type { Clock } from "../internal/clock.ts";
import type { EventBody } from "../protocol/events.ts";
import { estimate, type Estimate } from "./estimate.ts";
import type { PastRun } from "./past-run.ts";
import type { RunTimes } from "./run-times.ts";

export interface ForecastOptions {
  readonly times: RunTimes;
  /** Tells store time. */
  readonly clock: Clock;
  /** What the author thinks a run takes. */
  readonly expectMs: number | undefined;
  readonly say: (event: EventBody) => void;
}

const LEAST_MS_BETWEEN = 1000;
/** A run that is over sooner needs no estimate. */
const WORTH_SAYING_MS = 1000;
/** The end has moved by so much, or by this part of what is left. */
const NEWS_MS = 1000;
const NEWS_PART = 0.15;

export class Forecast {
  readonly #options: ForecastOptions;
  #past: readonly PastRun[] | null = null;
  /** When the run ends, as it was last said here. */
  #saidEnd: { readonly at: number; readonly latest: number | null } | null = null;
  #quietUntil = -Infinity;
  #timer: { readonly clear: () => void } | null = null;
  #stopped = false;

  constructor(options: ForecastOptions) {
    this.#options = options;
  }

  /** What the store keeps of runs of the past. */
  know(past: readonly PastRun[]): void {
    this.#past = past;
  }

  /** Something has happened. */
  look(): void {
    if (this.#past === null || this.#timer !== null || this.#stopped || !this.#knowsAny()) return;
    const { clock } = this.#options;
    const now = clock.now();
    if (now >= this.#quietUntil) return this.#sayNews(this.#past, now);
    const timer = clock.setTimeout(() => {
      this.#timer = null;
      this.look();
    }, this.#quietUntil - now);
    this.#timer = { clear: () => clock.clearTimeout(timer) };
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  #knowsAny(): boolean {
    const { expectMs, times } = this.#options;
    return this.#past?.length !== 0 || expectMs !== undefined || times.hasExpectations;
  }

  #sayNews(past: readonly PastRun[], now: number): void {
    const { times, expectMs, say } = this.#options;
    this.#quietUntil = now + LEAST_MS_BETWEEN;
    if (times.isWaiting) {
      this.#saidEnd = null;
      return;
    }
    const { steps, waits, running } = times;
    const found = estimate({ activeMs: times.activeAt(now), waits, running, steps }, past, expectMs);
    if (found === null || !this.#isNews(found, now)) return;
    this.#saidEnd = { at: now + found.remainingMs, latest: found.mostMs };
    say({ type: "estimate", ...found });
  }

  #isNews({ remainingMs, mostMs }: Estimate, now: number): boolean {
    const said = this.#saidEnd;
    if (said === null) return remainingMs >= WORTH_SAYING_MS;
    const movedMs = Math.abs(now + remainingMs - said.at);
    return (
      (said.latest === null) !== (mostMs === null) || movedMs > Math.max(NEWS_MS, NEWS_PART * remainingMs)
    );
  }
}
