/**
 * How the time of a run is divided among its steps: what is kept of it once it has ended, and what is known meanwhile.
 *
 * 1. Only the times of journal entries count, so an owner that replays the journal comes to the same figures.
 * 2. Time goes on while a component executes (is asked for and has its props), and while a timer is awaited and no signal.
 *    It stands still while the run belongs to nobody, and while only people are waited for.
 * 3. Each moment is divided in equal parts among the steps that take it: what steps of all names took is what the run took.
 * 4. What it costs does not grow with the run: two additions when a step begins or ends.
 */
import type { Definition } from "../authoring/definition.ts";
import type { PastRun, PastStep } from "./past-run.ts";

/** The steps of one name. */
export interface NamedSteps {
  /** How many have begun, and how many of these execute. */
  begun: number;
  running: number;
  /** Sum of the moments at which those that execute began. */
  runningSince: number;
  /** Of those that have ended: how many, how long they took, and what of the run's time was theirs. */
  ended: number;
  tookMs: number;
  shareMs: number;
  /** When the first and the newest began, in the run's own time. */
  firstMs: number;
  lastMs: number;
  readonly expectMs: number | undefined;
  /** They wait for their turn at a limit: how long one takes says how many came first. */
  readonly isLimited: boolean;
}

interface Begun {
  readonly steps: NamedSteps | null;
  readonly kind: Definition["kind"];
  readonly at: number;
  readonly share: number;
}

/** How many names are kept of a run: those that took most of its time. */
const NAMES_LIMIT = 32;

const NONE = { component: 0, workflow: 0, timer: 0, signal: 0 };

export class RunTimes {
  readonly steps = new Map<string, NamedSteps>();
  /** The author has said of a step how long it takes, or steps have limits, and how many come through will tell. */
  hasExpectations = false;
  /** How often people were waited for. */
  waits = 0;
  readonly #begun = new Map<object, Begun>();
  #count = { ...NONE };
  #isWhole = true;
  /** The run's own time so far, and what of it one step would have that has executed all along. */
  #activeMs = 0;
  #shareMs = 0;
  #at = 0;

  /** People are being waited for. */
  get isWaiting(): boolean {
    return this.#count.signal > 0;
  }

  /** How many steps take time. */
  get running(): number {
    const { component, timer, signal } = this.#count;
    return component > 0 ? component + timer : signal > 0 ? 0 : timer;
  }

  /** The run's own time, had nothing happened until `now`. */
  activeAt(now: number): number {
    return this.#activeMs + (this.running > 0 ? Math.max(0, now - this.#at) : 0);
  }

  /** `call` may be told again and again. */
  begin(call: object, { kind, name, policies }: Definition, now: number, isLimited = false): void {
    // The clock of a time limit is no work, and a nested workflow is what its steps are.
    if (kind === "workflow" || (kind === "timer" && name === "Timeout") || this.#begun.has(call)) return;
    this.#advance(now);
    this.#count[kind] += 1;
    if (kind === "signal") this.waits += 1;
    const steps = kind === "signal" ? null : this.#named(name, policies.expectMs, isLimited);
    if (steps !== null) {
      steps.begun += 1;
      steps.running += 1;
      steps.runningSince += this.#activeMs;
      steps.lastMs = this.#activeMs;
    }
    this.#begun.set(call, { steps, kind, at: this.#activeMs, share: this.#shareMs });
  }

  /** Where it was dropped, how long it took says nothing. */
  end(call: object, now: number, how: "settled" | "dropped"): void {
    const begun = this.#begun.get(call);
    if (begun === undefined) return;
    this.#begun.delete(call);
    this.#advance(now);
    this.#count[begun.kind] -= 1;
    const { steps } = begun;
    if (steps === null) return;
    steps.running -= 1;
    steps.runningSince -= begun.at;
    steps.shareMs += this.#shareMs - begun.share;
    if (how === "dropped") return;
    steps.ended += 1;
    steps.tookMs += this.#activeMs - begun.at;
  }

  /** A worker has taken the run. What was executing is executed from the start; what was slept meanwhile was slept. */
  claimed(now: number): void {
    if (this.#count.component > 0) this.#at = Math.max(this.#at, now);
    else this.#advance(now);
  }

  /** What is kept of a run that has completed; undefined where there is nothing to keep. */
  toPastRun(): PastRun | undefined {
    if (this.steps.size === 0 || !this.#isWhole) return undefined;
    const steps = [...this.steps]
      .map(([name, { begun, ended, tookMs, shareMs, firstMs, lastMs }]): PastStep => {
        const took = Math.round(ended === 0 ? 0 : tookMs / ended);
        return { name, count: begun, tookMs: took, shareMs: Math.round(shareMs), firstMs, lastMs };
      })
      .toSorted((one, other) => other.shareMs - one.shareMs)
      .slice(0, NAMES_LIMIT);
    return { activeMs: this.#activeMs, waits: this.waits, steps };
  }

  /** What finished before is given again at once: it counts as done, but how long the run took can no longer be told. */
  startAgain(): void {
    this.clear();
    this.steps.clear();
    this.#isWhole = false;
    this.#count = { ...NONE };
    this.waits = 0;
  }

  /** Lets go of what has begun and not ended. */
  clear(): void {
    this.#begun.clear();
  }

  #named(name: string, expectMs: number | undefined, isLimited: boolean): NamedSteps {
    let steps = this.steps.get(name);
    if (steps === undefined) {
      const none = { begun: 0, running: 0, runningSince: 0, ended: 0, tookMs: 0, shareMs: 0 };
      steps = { ...none, firstMs: this.#activeMs, lastMs: this.#activeMs, expectMs, isLimited };
      this.steps.set(name, steps);
      if (expectMs !== undefined || isLimited) this.hasExpectations = true;
    }
    return steps;
  }

  #advance(now: number): void {
    const passedMs = now - this.#at;
    if (passedMs <= 0) return;
    this.#at = now;
    const { running } = this;
    if (running === 0) return;
    this.#activeMs += passedMs;
    this.#shareMs += passedMs / running;
  }
}
