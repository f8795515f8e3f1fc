/**
 * Renews what a worker has of the store, with its heartbeat.
 *
 * 1. It goes on for as long as there is something that may have to be renewed, also where nothing is just now: what is
 *    being asked for meanwhile is renewed by the next one.
 * 2. One is under way at a time. One that fails is followed by the next.
 */
import { outsideScopes } from "../engine/current-scope.ts";
import type { Clock } from "../internal/clock.ts";

export interface RenewalOptions {
  readonly clock: Clock;
  /** How often, in milliseconds; never where absent. */
  readonly everyMs: number | undefined;
  /** True while there is something that may have to be renewed. */
  readonly isNeeded: () => boolean;
  /** Never rejects. */
  readonly renew: () => Promise<void>;
}

/** How long a worker that stops waits for the store. */
const STOP_GRACE_MS = 2000;

export class Renewal {
  readonly #options: RenewalOptions;
  #timer: ReturnType<Clock["setTimeout"]> | undefined;
  #isUnderWay = false;
  #isStopped = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** There is something now. */
  start(): void {
    const { clock, everyMs } = this.#options;
    if (everyMs === undefined || this.#isStopped || this.#isUnderWay || this.#timer !== undefined) return;
    this.#timer = outsideScopes(() => clock.setTimeout(() => void this.#renew(), everyMs));
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Stops, and resolves once what is left to be said to the store is said, or after a while. */
  async stopAfter(said: Promise<unknown>): Promise<void> {
    this.stop();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_GRACE_MS)));
    await Promise.race([said, tooLong]);
    clearTimeout(timer);
  }

  async #renew(): Promise<void> {
    this.#timer = undefined;
    this.#isUnderWay = true;
    await this.#options.renew();
    this.#isUnderWay = false;
    if (this.#options.isNeeded()) this.start();
  }
}
