import type { Applied, JournalEntry, Written } from "../engine/journal-entry.ts";
import type { Outlet } from "../engine/outlet.ts";
import type { EventBody } from "../protocol/events.ts";

/** A longer journal is not worth its memory, nor the time of its replay. */
const MOST_ENTRIES = 2000;

/** A way to the store that keeps what is written through it, for the replay that follows the run's end. */
export class JournalKeeper implements Outlet {
  readonly #outlet: Outlet;
  #entries: Applied[] | null;

  constructor(outlet: Outlet, journal: readonly Applied[]) {
    this.#outlet = outlet;
    this.#entries = journal.length > MOST_ENTRIES ? null : [...journal];
  }

  /** In the order they were written; null where there are too many. */
  get journal(): readonly Applied[] | null {
    return this.#entries?.toSorted((a, b) => a.seq - b.seq) ?? null;
  }

  emit(event: EventBody): void {
    this.#outlet.emit(event);
  }

  async write(event: EventBody, entry: JournalEntry): Promise<Written> {
    const written = await this.#outlet.write(event, entry);
    this.#entries?.push({ ...entry, ...written });
    if (this.#entries !== null && this.#entries.length > MOST_ENTRIES) this.#entries = null;
    return written;
  }

  ready(): Promise<void> | undefined {
    return this.#outlet.ready();
  }
}
