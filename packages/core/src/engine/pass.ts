/**
 * One execution of a render body. A discarded pass starts nothing (E5).
 *
 * 1. A pass with `made` calls has made those in the first `made` slots of its body; as slots are overwritten by the next
 *    pass, only a body's last pass is asked for its calls.
 */
import type { BodySlots, SlotCursor } from "./body-slots.ts";
import { callsAmong, StepCall } from "./call.ts";
import { Combined } from "./combined.ts";
import type { PendingValue } from "./pending-value.ts";

export class Pass implements SlotCursor {
  /** When the latest of the results used so far was written, store time. */
  now: number;
  /** Random values made so far. */
  values = 0;
  made = 0;
  /** What the body waits for. */
  blockedOn: PendingValue | null = null;
  /** The body ran to its end, and this very pass was committed. */
  complete = false;
  isCounting = false;
  readonly #slots: BodySlots;
  /** Calls that were used and not made in this pass: another body's, or an earlier pass's. */
  #used: Set<StepCall> | null = null;
  /** The losers of races, unless they were used afterwards. */
  #released: Set<StepCall> | null = null;

  constructor(now: number, slots: BodySlots) {
    this.now = now;
    this.#slots = slots;
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
    if (!this.#slots.isAmong(this.made, call)) (this.#used ??= new Set()).add(call);
    this.#released?.delete(call);
    if (call.entry !== null && call.entry.at > this.now) this.now = call.entry.at;
  }

  /** A decided race goes on without its losers. */
  release(losers: readonly unknown[]): void {
    for (const call of callsAmong(losers)) (this.#released ??= new Set()).add(call);
  }

  /** Visits the calls that were made or used. */
  forEach(visit: (call: StepCall) => void): void {
    this.#slots.forFirst(this.made, visit);
    this.#used?.forEach(visit);
  }

  isReleased(call: StepCall): boolean {
    return this.#released !== null && this.#released.has(call);
  }

  /** The call was made or used. */
  has(call: StepCall): boolean {
    return this.#slots.isAmong(this.made, call) || (this.#used?.has(call) ?? false);
  }
}
