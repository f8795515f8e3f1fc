/** Calls whose result is pooled, the one whose result was written first at the head. */
import type { StepCall } from "./call.ts";
import type { Ledger } from "./ledger.ts";

interface Wanted {
  readonly call: StepCall;
  readonly seq: number;
}

export class WantedCalls {
  readonly #ledger: Ledger;
  /** Newest first, so that the head is taken from the end. */
  readonly #sorted: Wanted[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  add(call: StepCall): void {
    const seq = this.#ledger.pooledSeq(call.id);
    if (seq === undefined) return;
    let low = 0;
    for (let high = this.#sorted.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.seq ?? 0) > seq) low = middle + 1;
      else high = middle;
    }
    this.#sorted.splice(low, 0, { call, seq });
  }

  clear(): void {
    this.#sorted.length = 0;
  }

  /** The head, if there is one that is still asked for. */
  oldest(): StepCall | null {
    for (let head = this.#sorted.at(-1); head !== undefined; head = this.#sorted.at(-1)) {
      const { call, seq } = head;
      const isAsked = call.status === "pending" && !call.dead && call.retains > 0;
      const pooled = this.#ledger.pooledSeq(call.id);
      if (isAsked && pooled === seq) return call;
      this.#sorted.pop();
      // What a component was given has come back meanwhile, and is older.
      if (isAsked && pooled !== undefined) this.add(call);
    }
    return null;
  }
}
