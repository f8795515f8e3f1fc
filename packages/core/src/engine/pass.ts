/** One execution of a render body. A discarded pass starts nothing (E5). */
import { callsAmong, StepCall } from "./call.ts";
import { Combined } from "./combined.ts";
import type { PendingValue } from "./pending-value.ts";

export class Pass {
  /** When the latest of the results used so far was written, store time. */
  now: number;
  /** Random values made so far. */
  values = 0;
  /** Calls made, or used, in this pass. */
  readonly calls = new Set<StepCall>();
  /** Of these, the losers of races, unless they were used afterwards. */
  readonly released = new Set<StepCall>();
  /** Number of calls made so far: the next one's slot. */
  slots = 0;
  /** What the body waits for. */
  blockedOn: PendingValue | null = null;
  /** The body ran to its end, and this very pass was committed. */
  complete = false;
  /** A call was not the same as in the pass before: from there on equal ones are counted anew. */
  isCounting = false;

  constructor(now: number) {
    this.now = now;
  }

  use(value: PendingValue): void {
    if (value instanceof StepCall) this.#use(value);
    else {
      if (value instanceof Combined) value.settle();
      for (const call of callsAmong([value])) this.#use(call);
    }
    if (value.status === "pending") this.blockedOn = value;
  }

  #use(call: StepCall): void {
    this.calls.add(call);
    if (this.released.size > 0) this.released.delete(call);
    if (call.entry !== null && call.entry.at > this.now) this.now = call.entry.at;
  }

  /** A decided race goes on without its losers. */
  release(losers: readonly unknown[]): void {
    for (const call of callsAmong(losers)) this.released.add(call);
  }
}
