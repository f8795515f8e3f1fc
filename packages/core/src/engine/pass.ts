/** One execution of a render body. A discarded pass starts nothing (E5). */
import { StepCall } from "./call.ts";
import { Combined } from "./combined.ts";
import type { PendingValue } from "./pending-value.ts";

export class Pass {
  /** Calls made, or used, in this pass. */
  readonly calls = new Set<StepCall>();
  /** Number of calls made so far: the next one's slot. */
  slots = 0;
  /** What the body waits for. */
  blockedOn: PendingValue | null = null;
  /** The body ran to its end, and this very pass was committed. */
  complete = false;
  /** How often each call was made so far; null while every call was the same as in the pass before. */
  counts: Map<string, number> | null = null;

  use(value: PendingValue): void {
    if (value instanceof Combined) value.settle();
    this.#keep(value);
    if (value.status === "pending") this.blockedOn = value;
  }

  #keep(value: unknown): void {
    if (value instanceof StepCall) this.calls.add(value);
    else if (value instanceof Combined) for (const member of value.members) this.#keep(member);
  }
}
