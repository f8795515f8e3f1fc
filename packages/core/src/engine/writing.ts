/**
 * Writes entries and hands them back, once the store has them, in the order they were written: acknowledgements may come
 * in any order (E2).
 */
import type { EventBody } from "../protocol/events.ts";
import type { Applied, JournalEntry } from "./journal-entry.ts";
import type { Outlet } from "./outlet.ts";

interface Place {
  entry: Applied | null;
}

export class EntryWriter {
  readonly #outlet: Outlet;
  readonly #onWritten: (entry: Applied) => void;
  /** Places of what is being written, in order; those before `#head` were handed back. */
  readonly #waiting: Place[] = [];
  #head = 0;

  constructor(outlet: Outlet, onWritten: (entry: Applied) => void) {
    this.#outlet = outlet;
    this.#onWritten = onWritten;
  }

  get isBusy(): boolean {
    return this.#head < this.#waiting.length;
  }

  write(event: EventBody, entry: JournalEntry): void {
    const place: Place = { entry: null };
    this.#waiting.push(place);
    void this.#outlet.write(event, entry).then(({ seq, at }) => {
      place.entry = { ...entry, seq, at };
      return this.#handBack();
    });
  }

  #handBack(): void {
    for (let first = this.#waiting[this.#head]; first?.entry; first = this.#waiting[this.#head]) {
      if (++this.#head === this.#waiting.length) this.#waiting.length = this.#head = 0;
      this.#onWritten(first.entry);
    }
  }
}
