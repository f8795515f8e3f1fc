/**
 * The one way from a run's engine to the store.
 *
 * 1. Records are written in the order they were given, batch after batch, one at a time; what gathers while a batch is
 *    under way is the next batch.
 * 2. A batch the store did not answer is sent again, unchanged: the store tells a repetition by its place (store
 *    invariant 3).
 * 3. After the run was lost or given up, nothing more is sent and nothing more is acknowledged.
 */
import { AlderError } from "../errors/alder-error.ts";
import { outsideScopes } from "../engine/current-scope.ts";
import { isProgress, type JournalEntry, type Written } from "../engine/journal-entry.ts";
import type { Outlet } from "../engine/outlet.ts";
import type { PastRun } from "../engine/past-run.ts";
import type { Json } from "../internal/json.ts";
import type { EventBody, RunEvent } from "../protocol/events.ts";
import type { EndStatus } from "../protocol/run-view.ts";
import type { AppendInput, AppendResult, ParkResult, RecordInput, RunToken, Store } from "../store/store.ts";

export interface RunWriterOptions {
  readonly store: Store;
  readonly token: RunToken;
  /** Number of the run's last event. */
  readonly tail: number;
  /** The store belongs to another owner, or has lost what it had: the run must be given up here. */
  readonly onLost: (reason: "fenced" | "gap") => void;
  /** The store will never take what was given: nothing more is sent. */
  readonly onRefused: (error: unknown) => void;
  /** The store failed; it is asked again until the run is lost. */
  readonly onStoreError: (error: unknown) => void;
  /** Told of what was written; where absent, nothing is made for it. */
  readonly onWritten?: ((events: readonly RunEvent[]) => void) | undefined;
}

interface Waiting {
  readonly record: RecordInput;
  readonly resolve: ((written: Written) => void) | undefined;
}

const MAX_BATCH = 500;
/** More than this waiting to be written, and components that stream have to wait. */
const MAX_BUFFERED_CHARACTERS = 256 * 1024;
const RETRY_MS = [20, 50, 100, 250, 500];
/** What a store may say that it does not say for ever. Errors without a code, of a connection say, are no different. */
const PASSING: readonly string[] = ["store_unavailable", "store_busy", "store_full", "store_failed"];

export class RunWriter implements Outlet {
  readonly #options: RunWriterOptions;
  #waiting: Waiting[] = [];
  #bufferedCharacters = 0;
  #tail: number;
  #busy = false;
  #queued = false;
  #closed = false;
  #readers: (() => void)[] = [];
  #onFlushed: (() => void)[] = [];

  constructor(options: RunWriterOptions) {
    this.#options = options;
    this.#tail = options.tail;
  }

  /** Nothing waits to be written or is being written. */
  get isIdle(): boolean {
    return this.#closed || (!this.#busy && this.#waiting.length === 0);
  }

  emit(event: EventBody): void {
    if (this.#closed) return;
    const joined = event.type === "chunk" ? this.#joinChunk(event) : false;
    if (!joined) this.#waiting.push({ record: { event }, resolve: undefined });
    if (event.type === "chunk") this.#bufferedCharacters += event.delta.length;
    this.#queueFlush();
  }

  write(event: EventBody, entry: JournalEntry): Promise<Written> {
    return new Promise((resolve) => {
      if (this.#closed) return;
      this.#waiting.push({ record: toRecord(event, entry), resolve });
      this.#queueFlush();
    });
  }

  ready(): Promise<void> | undefined {
    if (this.#bufferedCharacters < MAX_BUFFERED_CHARACTERS || this.#closed) return undefined;
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Writes what is left with the run's last event, and how long it took. Undefined if the run was lost before. */
  async finish(
    status: EndStatus,
    event: EventBody,
    entry?: JournalEntry,
    times?: PastRun,
  ): Promise<EndStatus | undefined> {
    await this.#exclusive();
    if (this.#closed) return undefined;
    const left = this.#takeAll();
    const send = (as: EndStatus, last: RecordInput) => {
      const records = [...left.map(({ record }) => record), last];
      const timings = times === undefined || as === "cancelled" ? {} : { timings: times as unknown as Json };
      return this.#repeat(
        () => this.#options.store.finish({ ...this.#append(records), status: as, ...timings }),
        records,
      );
    };
    let ended = status;
    let result = await send(status, toRecord(event, entry));
    if (result?.outcome === "cancelling") {
      ended = "cancelled";
      result = await send("cancelled", toRecord({ type: "run.cancelled" }));
    }
    this.close();
    return result?.outcome === "written" ? ended : undefined;
  }

  /** Ends a run as failed whose records the store refused, with nothing of them. */
  async abandon(event: EventBody): Promise<{ readonly outcome: string }> {
    const input = { ...this.#append([{ event }]), status: "failed" as const };
    return await this.#options.store.finish(input);
  }

  /** Lets the run wait in the store. `news`: something has come in; it goes on here. */
  async park(
    event: EventBody,
    wakeAt: number | null,
    signalsSeen: number,
  ): Promise<"parked" | "news" | "busy" | undefined> {
    await this.#flushed();
    await this.#exclusive();
    if (this.#closed) return undefined;
    // Something happened while the last records were being written.
    if (this.#waiting.length > 0) {
      this.#release();
      return "busy";
    }
    const records = [{ event }];
    const result = await this.#repeat<ParkResult>(
      () => this.#options.store.park({ ...this.#append(records), wakeAt, signalsSeen }),
      records,
    );
    if (result?.outcome === "written") {
      this.close();
      return "parked";
    }
    if (result?.outcome !== "news") return undefined;
    this.#release();
    return "news";
  }

  /** Gives the run back to its queue. */
  handOver(event: EventBody): Promise<void> {
    return this.#giveUp(event, (input) => this.#options.store.release(input));
  }

  /** Lets the run wait in the store for a person, or another build. */
  block(event: EventBody): Promise<void> {
    return this.#giveUp(event, (input) => this.#options.store.block(input));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#wakeReaders();
    for (const resolve of this.#onFlushed.splice(0)) resolve();
  }

  async #giveUp(event: EventBody, send: (input: AppendInput) => Promise<AppendResult>): Promise<void> {
    await this.#exclusive();
    if (this.#closed) return;
    const records = [...this.#takeAll().map(({ record }) => record), { event }];
    await this.#repeat(() => send(this.#append(records)), records);
    this.close();
  }

  // ---- batches

  #queueFlush(): void {
    if (this.#queued || this.#busy || this.#closed) return;
    this.#queued = true;
    // Not at once: steps that finish together are written together. And not in the scope of the step that wrote.
    outsideScopes(() =>
      setImmediate(() => {
        this.#queued = false;
        if (!this.#busy && !this.#closed) void this.#flush();
      }),
    );
  }

  async #flush(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      if (this.#waiting.length === 0) this.#bufferedCharacters = 0;
      const records = batch.map(({ record }) => record);
      const first = this.#tail;
      const result = await this.#repeat(() => this.#options.store.append(this.#append(records)), records);
      if (result?.outcome !== "written") break;
      batch.forEach(({ resolve }, index) => resolve?.({ seq: first + index + 1, at: result.at }));
      this.#wakeReaders();
    }
    this.#release();
  }

  #append(records: readonly RecordInput[]): AppendInput {
    const progress = records.some(
      ({ entry }) => entry !== undefined && isProgress(entry as unknown as JournalEntry),
    );
    return { token: this.#options.token, after: this.#tail, records, progress };
  }

  /** Until the store answers. Undefined once the run is lost. */
  async #repeat<R extends AppendResult | { readonly outcome: "news" | "cancelling" }>(
    send: () => Promise<R>,
    records: readonly RecordInput[],
  ): Promise<R | undefined> {
    for (let failures = 0; !this.#closed; failures++) {
      let result: R;
      try {
        result = await send();
      } catch (error) {
        if (isRefused(error)) {
          this.close();
          this.#options.onRefused(error);
          return undefined;
        }
        this.#options.onStoreError(error);
        await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 500);
        continue;
      }
      if (result.outcome === "written") this.#written(records, result.at);
      else if (result.outcome === "fenced" || result.outcome === "gap") {
        this.close();
        this.#options.onLost(result.outcome);
        return undefined;
      }
      return result;
    }
    return undefined;
  }

  #written(records: readonly RecordInput[], at: number): void {
    const first = this.#tail + 1;
    this.#tail += records.length;
    const { token, onWritten } = this.#options;
    onWritten?.(
      records.map(({ event }, index) => ({ ...event, seq: first + index, fence: token.fence, at })),
    );
  }

  // ---- one thing at a time

  #exclusive(): Promise<void> | undefined {
    if (!this.#busy || this.#closed) {
      this.#busy = true;
      return undefined;
    }
    return new Promise<void>((resolve) => this.#onFlushed.push(resolve)).then(() => this.#exclusive());
  }

  async #flushed(): Promise<void> {
    while ((this.#busy || this.#waiting.length > 0) && !this.#closed) {
      await new Promise<void>((resolve) => this.#onFlushed.push(resolve));
    }
  }

  #release(): void {
    this.#busy = false;
    for (const resolve of this.#onFlushed.splice(0)) resolve();
    if (this.#waiting.length > 0) this.#queueFlush();
  }

  #takeAll(): readonly Waiting[] {
    this.#bufferedCharacters = 0;
    return this.#waiting.splice(0);
  }

  #wakeReaders(): void {
    if (this.#bufferedCharacters >= MAX_BUFFERED_CHARACTERS && !this.#closed) return;
    for (const resolve of this.#readers.splice(0)) resolve();
  }

  /** Text that follows directly on text that waits to be written joins it. */
  #joinChunk(event: EventBody & { type: "chunk" }): boolean {
    const last = this.#waiting.at(-1);
    const before = last?.record.event;
    if (last === undefined || before?.type !== "chunk" || last.record.entry !== undefined) return false;
    if (before.step !== event.step || before.stream !== event.stream || before.attempt !== event.attempt)
      return false;
    const record = { event: { ...before, delta: before.delta + event.delta } };
    this.#waiting[this.#waiting.length - 1] = { record, resolve: undefined };
    return true;
  }
}

function toRecord(event: EventBody, entry?: JournalEntry): RecordInput {
  return entry === undefined ? { event } : { event, entry: entry as unknown as Json };
}

/** The store will never take it: repeating is of no use. */
function isRefused(error: unknown): boolean {
  if (error instanceof AlderError) return !PASSING.includes(error.code);
  return error instanceof TypeError || error instanceof RangeError;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
