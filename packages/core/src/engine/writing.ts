/**
 * Writes entries and hands them back, once the store has them, in the order they were written: acknowledgements may come
 * in any order (E2).
 */
import type { EventBody } from "../protocol/events.ts";
import type { Applied, JournalEntry } from "./journal-entry.ts";
import type { Outlet } from "./outlet.ts";

export class EntryWriter {
  readonly #outlet: Outlet;
  readonly #onWritten: (entry: Applied) => void;
  readonly #waiting: { entry: Applied | null }[] = [];

  constructor(outlet: Outlet, onWritten: (entry: Applied) => void) {
    this.#outlet = outlet;
    this.#onWritten = onWritten;
  }

  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  write(event: EventBody, entry: JournalEntry): void {
    const place: { entry: Applied | null } = { entry: null };
    this.#waiting.push(place);
    void this.#outlet.write(event, entry).then(({ seq, at }) => {
      place.entry = { ...entry, seq, at };
      return this.#handBack();
    });
  }

  #handBack(): void {
    for (let first = this.#waiting[0]; first?.entry; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#onWritten(first.entry);
    }
  }
}
