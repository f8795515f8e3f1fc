/**
 * Transactions on the file.
 *
 * 1. Writes that are asked for in one turn of the event loop share one transaction, the urgent ones first; each of them
 *    is kept whole or not at all, and is answered only after the commit.
 * 2. Waiting for another process's lock never blocks the event loop: SQLite's own waiting does, and is unfair besides.
 *    Who finds the lock taken tries again after a random pause; the urgent try more often, so that a heartbeat gets in
 *    between the appends of a process that never stops appending.
 * 3. Between two transactions the event loop turns at least once: timers run, and other processes find the lock free.
 * 4. A transaction that failed leaves nothing behind, and can be asked for again.
 */
import type { Urgency } from "../assemble-store.ts";
import type { Tables } from "../tables.ts";
import { isBusy, type SqlDatabase } from "./driver.ts";
import { storeClosed, toStoreError } from "./failure.ts";

interface Write {
  readonly work: (tables: Tables) => unknown;
  readonly urgency: Urgency;
  readonly since: number;
  /** It shared a transaction that failed: now it is tried by itself. */
  isAlone: boolean;
  /** Is given what `work` returned. */
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface TransactionsOptions {
  readonly path: string;
  /** How long a write waits for the lock. */
  readonly lockTimeoutMs: number;
}

/** One transaction takes at most so many writes, and no further one after so long. */
const MAX_WRITES = 64;
const MAX_TRANSACTION_MS = 4;
/** How often in a row the lock is tried, and the longest pause after that; pauses are random. */
const TRIES: Record<Urgency, number> = { soon: 12, normal: 2 };
const PAUSE_MS: Record<Urgency, number> = { soon: 3, normal: 12 };

export class Transactions {
  readonly #database: SqlDatabase;
  readonly #tables: Tables;
  readonly #options: TransactionsOptions;
  readonly #waiting: Record<Urgency, Write[]> = { soon: [], normal: [] };
  #isScheduled = false;
  /** A transaction was made in this turn of the event loop. */
  #isResting = false;
  #pause: { readonly timer: NodeJS.Timeout; readonly urgency: Urgency } | undefined;
  #isClosed = false;
  #onIdle: (() => void) | undefined;
  /** What SQLite said when the lock was last found taken. */
  #lockedOut: unknown;

  constructor(database: SqlDatabase, tables: Tables, options: TransactionsOptions) {
    this.#database = database;
    this.#tables = tables;
    this.#options = options;
  }

  transact<T>(work: (tables: Tables) => T, urgency: Urgency = "normal"): Promise<T> {
    if (this.#isClosed) return Promise.reject(storeClosed(this.#options.path));
    return new Promise<T>((resolve, reject) => {
      const write = { work, urgency, since: performance.now(), isAlone: false };
      this.#waiting[urgency].push({ ...write, resolve, reject });
      this.#schedule(urgency);
    });
  }

  async read<T>(work: (tables: Tables) => T): Promise<T> {
    const since = performance.now();
    for (;;) {
      if (this.#isClosed) throw storeClosed(this.#options.path);
      try {
        return this.#readOnce(work);
      } catch (error) {
        // Rare, as readers need no lock: the file is being recovered or closed by another process.
        if (!isBusy(error) || this.#isTooLate(since)) throw toStoreError(error, this.#options.path);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS.soon));
    }
  }

  /** Resolves once the writes that were asked for have been made; no further ones are taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#isEmpty) return;
    await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #schedule(urgency: Urgency): void {
    if (this.#isScheduled) {
      if (this.#pause?.urgency !== "normal" || urgency !== "soon") return;
      clearTimeout(this.#pause.timer);
    }
    this.#pause = undefined;
    this.#isScheduled = true;
    if (this.#isResting) setImmediate(() => this.#flush());
    else queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    this.#pause = undefined;
    if (this.#isEmpty) return;
    const urgency = this.#waiting.soon.length > 0 ? "soon" : "normal";
    const taken: Write[] = [];
    try {
      if (!this.#lock(urgency)) return this.#waitForLock(urgency);
      const results = this.#execute(taken);
      this.#database.exec("COMMIT");
      for (const [index, write] of taken.entries()) write.resolve(results[index]);
    } catch (error) {
      this.#rollBack();
      this.#fail(taken, error);
    }
    this.#rest();
  }

  /** False when another process has the lock. */
  #lock(urgency: Urgency): boolean {
    for (let tries = TRIES[urgency]; tries > 0; tries--) {
      try {
        // Not prepared: the libsql package leaves a prepared BEGIN that found the lock taken under way, and no COMMIT
        // is possible any more.
        this.#database.exec("BEGIN IMMEDIATE");
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
        this.#lockedOut = error;
      }
    }
    return false;
  }

  #waitForLock(urgency: Urgency): void {
    this.#rejectLate();
    if (this.#isEmpty) return this.#rest();
    this.#isScheduled = true;
    const timer = setTimeout(() => this.#flush(), Math.random() * PAUSE_MS[urgency]);
    this.#pause = { timer, urgency };
  }

  #execute(taken: Write[]): unknown[] {
    const results: unknown[] = [];
    const until = performance.now() + MAX_TRANSACTION_MS;
    do {
      const write = this.#take(taken.length === 0);
      if (!write) break;
      taken.push(write);
      results.push(write.work(this.#tables));
      if (write.isAlone) break;
    } while (taken.length < MAX_WRITES && performance.now() < until);
    return results;
  }

  #take(isFirst: boolean): Write | undefined {
    const queue = this.#waiting.soon.length > 0 ? this.#waiting.soon : this.#waiting.normal;
    return queue[0]?.isAlone && !isFirst ? undefined : queue.shift();
  }

  #fail(taken: readonly Write[], error: unknown): void {
    const [first] = taken;
    // Nothing was taken yet: it failed to begin, for all alike.
    if (!first) return this.#rejectAll(error);
    if (taken.length === 1) return first.reject(toStoreError(error, this.#options.path));
    for (const write of taken.toReversed()) {
      write.isAlone = true;
      this.#waiting[write.urgency].unshift(write);
    }
  }

  #rejectAll(error: unknown): void {
    const failure = toStoreError(error, this.#options.path);
    for (const queue of Object.values(this.#waiting))
      for (const write of queue.splice(0)) write.reject(failure);
  }

  #rejectLate(): void {
    for (const queue of Object.values(this.#waiting)) {
      while (queue[0] && this.#isTooLate(queue[0].since)) {
        queue.shift()!.reject(toStoreError(this.#lockedOut, this.#options.path));
      }
    }
  }

  #rest(): void {
    if (!this.#isResting) {
      this.#isResting = true;
      setImmediate(() => (this.#isResting = false));
    }
    if (this.#isEmpty) this.#onIdle?.();
    else this.#schedule("normal");
  }

  #readOnce<T>(work: (tables: Tables) => T): T {
    this.#database.exec("BEGIN");
    try {
      const result = work(this.#tables);
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // After some errors SQLite has rolled back by itself.
    }
  }

  #isTooLate(since: number): boolean {
    return performance.now() - since > this.#options.lockTimeoutMs;
  }

  get #isEmpty(): boolean {
    return this.#waiting.soon.length === 0 && this.#waiting.normal.length === 0;
  }
}
