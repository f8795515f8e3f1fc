/**
 * What a run says in its stream.
 *
 * 1. What a component says while it executes is written as it comes.
 * 2. What a workflow says follows from its journal and so is said again on recovery; each is journaled with a key, and
 *    what an earlier owner has written is not written again (E5), also what it said after its last entry: that a wait
 *    has begun is said once the journal has been applied.
 * 3. What is said while the journal is being applied is written after the last entry was.
 * 4. A run that is retried says what it says once more: in the stream it has ended. What counts, as usage does, it says
 *    once for all.
 */
import { RareSet } from "../internal/rare-set.ts";
import type { EventBody } from "../protocol/events.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { Outlet } from "./outlet.ts";

type Said = Extract<JournalEntry, { readonly t: "said" | "usage" }> & { readonly key: string };

/** How the keys begin of what is said once for all. */
export const ONCE = "once|";

const BEGINNINGS: readonly EventBody["type"][] = ["step.started", "input.requested", "step.cancelled"];

export class Announcer {
  readonly #outlet: Outlet;
  #saidBefore = new Map<string, number>();
  /** What was said after the run was retried, the first time first. */
  readonly #saidLater: Map<string, number>[] = [];
  /** Keys of what was said for all. */
  readonly #saidOnce = new RareSet<string>();
  #muted = false;
  #hushed = false;
  #waiting: { event: EventBody; said: Said }[] | null = [];
  readonly #write: (event: EventBody, said: Said) => void;

  /** `write` writes entries that are to be applied, too. */
  constructor(
    outlet: Outlet,
    journal: readonly JournalEntry[],
    write: (event: EventBody, said: Said) => void,
  ) {
    this.#outlet = outlet;
    this.#write = write;
    let said = this.#saidBefore;
    for (const entry of journal) {
      if ((entry.t === "said" || entry.t === "usage") && entry.key?.startsWith(ONCE))
        this.#saidOnce.add(entry.key);
      else if (entry.t === "said") said.set(entry.key, (said.get(entry.key) ?? 0) + 1);
      else if (entry.t === "retried") this.#saidLater.push((said = new Map()));
    }
  }

  emit(event: EventBody): void {
    if (!this.#muted) this.#outlet.emit(event);
  }

  /** Nothing is said any more: the run is not ours. */
  mute(): void {
    this.#muted = true;
  }

  /** What a tree says beyond the end of its run, while the journal is applied, was never said. */
  hush(isHushed: boolean): void {
    this.#hushed = isHushed;
  }

  /** Says what a workflow says. `key` is the same whenever the same is said again. */
  say(key: string, event: EventBody): void {
    if (this.#muted || this.#hushed) return;
    const before = this.#saidBefore.get(key) ?? 0;
    if (before > 0) this.#saidBefore.set(key, before - 1);
    else if (this.#waiting !== null) this.#waiting.push({ event, said: { t: "said", key } });
    else void this.#outlet.write(event, { t: "said", key });
  }

  /** Says what is said in one life of the run only, and not again when it is retried. Its key begins with `ONCE`. */
  sayOnce(said: Said, event: EventBody): void {
    if (this.#muted || this.#hushed || this.#saidOnce.has(said.key)) return;
    if (this.#waiting !== null) {
      this.#waiting.push({ event, said });
      return;
    }
    this.#saidOnce.add(said.key);
    this.#write(event, said);
  }

  /** The run is retried: a new attempt of all of it, which says everything again. */
  startAgain(): void {
    this.#saidBefore = this.#saidLater.shift() ?? new Map();
    this.#waiting = [];
    this.#hushed = false;
  }

  /**
   * The journal has been applied. Of a run that is over by then, steps that an earlier owner did not say to have begun are
   * not said to have begun now: its end may have come before that.
   */
  endRecovery(isOver: boolean): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const { event, said } of waiting) {
      if (said.key.startsWith(ONCE)) this.sayOnce(said, event);
      else if (!isOver || !BEGINNINGS.includes(event.type)) this.say(said.key, event);
    }
  }
}
