/**
 * The end of a run's stream, read and decoded once for all of this process's readers of it.
 *
 * 1. It is read when a reader at its end asks for more, by one read at a time; the others wait for the same read.
 * 2. What it keeps is bounded. A reader that is not within it, because it has just come or is slow, reads from the store
 *    for itself, a page at a time, until it is.
 * 3. It never says that a reader is at the end of the stream unless nothing was reported since the read that said so.
 * 4. What it keeps is forgotten when the store says it lost it.
 */
import { hasCode } from "../errors/alder-error.ts";
import type { Cursor } from "../protocol/cursor.ts";
import type { RunEvent } from "../protocol/events.ts";
import type { RunStatus } from "../protocol/run-view.ts";
import type { Store, Unsubscribe } from "../store/store.ts";
import { readPage, type FoundEvents } from "./read-page.ts";
import { textLength } from "./text-length.ts";

/** What a tail keeps at the most, of whichever there is more. */
const KEPT_EVENTS = 500;
const KEPT_CHARACTERS = 64 * 1024;
const PAGE_SIZE = 100;

export class RunTail {
  readonly #store: Store;
  readonly #runId: string;
  readonly #unwatch: Unsubscribe;
  readonly #listeners = new Set<() => void>();
  #kept: { readonly event: RunEvent; readonly characters: number }[] = [];
  #characters = 0;
  /** The event before the first that is kept; undefined while nothing was read. */
  #start: Cursor | undefined;
  #status: RunStatus = "queued";
  /** Raised whenever something is reported. */
  #reports = 0;
  /** What `#reports` was when the end was read last. */
  #readAt = -1;
  #reading: Promise<void> | undefined;

  constructor(store: Store, runId: string) {
    this.#store = store;
    this.#runId = runId;
    this.#unwatch = store.watchRun(runId, () => {
      this.#reports++;
      for (const listener of this.#listeners) listener();
    });
  }

  close(): void {
    this.#unwatch();
  }

  /** Calls back whenever there may be more. */
  listen(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** At most `limit` events after the cursor. Throws `unknown_run` and `reset`. */
  async read(after: Cursor | undefined, limit: number): Promise<FoundEvents> {
    if (after !== undefined && this.#isAtEnd(after) && !this.#isFresh) await this.#readOn();
    const index = this.#indexAfter(after);
    if (index !== undefined && (index < this.#kept.length || this.#isFresh)) return this.#page(index, limit);
    return await this.#readFor(after, limit);
  }

  get #isFresh(): boolean {
    return this.#readAt === this.#reports;
  }

  get #end(): Cursor | undefined {
    return this.#kept.at(-1)?.event ?? this.#start;
  }

  #isAtEnd({ seq, fence }: Cursor): boolean {
    const end = this.#end;
    return end?.seq === seq && end.fence === fence;
  }

  /** Of the first kept event after the cursor; undefined when the cursor names none of these, or none before them. */
  #indexAfter(after: Cursor | undefined): number | undefined {
    const start = this.#start;
    if (after === undefined || start === undefined) return undefined;
    const index = after.seq - start.seq;
    const named = index === 0 ? start : this.#kept[index - 1]?.event;
    return named?.seq === after.seq && named.fence === after.fence ? index : undefined;
  }

  #page(index: number, limit: number): FoundEvents {
    const events = this.#kept.slice(index, index + limit).map(({ event }) => event);
    const atTail = index + events.length === this.#kept.length && this.#isFresh;
    return { outcome: "events", events, status: this.#status, atTail };
  }

  #readOn(): Promise<void> {
    this.#reading ??= this.#readEnd().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readEnd(): Promise<void> {
    const reports = this.#reports;
    const end = this.#end;
    try {
      const { events, status, atTail } = await readPage(this.#store, this.#runId, end, PAGE_SIZE);
      // A reader that came from behind has been further meanwhile.
      if (this.#end !== end) return;
      this.#keep(events);
      this.#status = status;
      if (atTail) this.#readAt = reports;
    } catch (error) {
      if (hasCode(error, "reset")) this.#forget();
      throw error;
    }
  }

  /** A reader that is behind; where it has come to the end, the others may go on from there. */
  async #readFor(after: Cursor | undefined, limit: number): Promise<FoundEvents> {
    const reports = this.#reports;
    const page = await readPage(this.#store, this.#runId, after, limit);
    const last = page.events.at(-1) ?? after;
    if (page.atTail && last !== undefined && last.seq > (this.#end?.seq ?? 0)) {
      this.#forget();
      this.#start = last;
      this.#status = page.status;
      this.#readAt = reports;
    }
    return page;
  }

  #keep(events: readonly RunEvent[]): void {
    for (const event of events) {
      const characters = textLength(event);
      this.#kept.push({ event, characters });
      this.#characters += characters;
    }
    let tooMany = 0;
    while (this.#kept.length - tooMany > KEPT_EVENTS || this.#characters > KEPT_CHARACTERS) {
      const oldest = this.#kept[tooMany++];
      if (oldest === undefined) break;
      this.#characters -= oldest.characters;
      this.#start = oldest.event;
    }
    this.#kept.splice(0, tooMany);
  }

  #forget(): void {
    this.#kept = [];
    this.#characters = 0;
    this.#start = undefined;
    this.#readAt = -1;
  }
}

/** The tails of the runs that are followed in this process. */
export class Tails {
  readonly #store: Store;
  readonly #open = new Map<string, { readonly tail: RunTail; readers: number }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The run's tail, for as long as it is not left. */
  join(runId: string): { readonly tail: RunTail; readonly leave: () => void } {
    const open = this.#open.get(runId) ?? { tail: new RunTail(this.#store, runId), readers: 0 };
    this.#open.set(runId, open);
    open.readers++;
    const leave = (): void => {
      if (--open.readers > 0) return;
      this.#open.delete(runId);
      open.tail.close();
    };
    return { tail: open.tail, leave };
  }
}
