/**
 * What a run says in its stream.
 *
 * 1. What a component says while it executes is written as it comes.
 * 2. What a workflow says follows from its journal and so is said again on recovery; each is journaled with a key, and
 *    what an earlier owner has written is not written again (E5), also what it said after its last entry: that a wait
 *    has begun is said once the journal has been applied.
 * 3. What is said while the journal is being applied is written after the last entry was.
 */
import type { EventBody } from "../protocol/events.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { Outlet } from "./outlet.ts";

export class Announcer {
  readonly #outlet: Outlet;
  readonly #saidBefore = new Map<string, number>();
  #muted = false;
  #waiting: { event: EventBody; key: string }[] | null = [];

  constructor(outlet: Outlet, journal: readonly JournalEntry[]) {
    this.#outlet = outlet;
    for (const entry of journal) {
      if (entry.t === "said") this.#saidBefore.set(entry.key, (this.#saidBefore.get(entry.key) ?? 0) + 1);
    }
  }

  emit(event: EventBody): void {
    if (!this.#muted) this.#outlet.emit(event);
  }

  /** Nothing is said any more: the run is not ours. */
  mute(): void {
    this.#muted = true;
  }

  /** Says what a workflow says. `key` is the same whenever the same is said again. */
  say(key: string, event: EventBody): void {
    if (this.#muted) return;
    const before = this.#saidBefore.get(key) ?? 0;
    if (before > 0) this.#saidBefore.set(key, before - 1);
    else if (this.#waiting !== null) this.#waiting.push({ event, key });
    else void this.#outlet.write(event, { t: "said", key });
  }

  /** The journal has been applied. */
  endRecovery(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const { event, key } of waiting) this.say(key, event);
  }
}
