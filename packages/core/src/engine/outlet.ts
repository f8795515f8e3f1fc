/** Where a run's engine writes: one ordered way out, to the store. */
import type { EventBody } from "../protocol/events.ts";
import type { JournalEntry, Written } from "./journal-entry.ts";

export interface Outlet {
  /** Writes an event. Text of one step that gathers is joined. */
  emit(event: EventBody): void;
  /** Writes an entry with its event; resolves once the store has both. Never rejects: a lost owner just never hears. */
  write(event: EventBody, entry: JournalEntry): Promise<Written>;
  /** Resolves when little enough waits to be written for more to be accepted. */
  ready(): Promise<void> | undefined;
}
