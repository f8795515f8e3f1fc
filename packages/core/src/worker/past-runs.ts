/** How runs of the past went, as the store has it: asked for when a run is taken, but not for each of many. */
import { parsePastRuns, type PastRun } from "../engine/past-run.ts";
import type { Store } from "../store/store.ts";

interface Asked {
  readonly at: number;
  readonly runs: Promise<readonly PastRun[]>;
}

const FRESH_MS = 1000;

export class PastRuns {
  readonly #store: Pick<Store, "readTimings">;
  readonly #now: () => number;
  readonly #asked = new Map<string, Asked>();

  /** `now` counts milliseconds from anywhere. */
  constructor(store: Pick<Store, "readTimings">, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** One more has completed here. Short runs may be many, and need no estimate: they are seen a second later. */
  add(workflow: string, { activeMs }: PastRun): void {
    if (activeMs >= FRESH_MS) this.#asked.delete(workflow);
  }

  /** Of this workflow; up to a second old. */
  of(workflow: string): Promise<readonly PastRun[]> {
    const now = this.#now();
    const before = this.#asked.get(workflow);
    if (before !== undefined && now - before.at < FRESH_MS) return before.runs;
    const runs = this.#store.readTimings(workflow).then(parsePastRuns);
    this.#asked.set(workflow, { at: now, runs });
    return runs;
  }
}
