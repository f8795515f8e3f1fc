/**
 * The store as one life of a run's worker has it: with a hand on every write, and cut off when that worker dies.
 *
 * 1. Records are written one by one, so that a crash may come between any two.
 * 2. After a crash nothing is written any more and nothing is answered: nobody is left to hear of it.
 */
import type { Applied, JournalEntry } from "../../engine/journal-entry.ts";
import type { AppendInput, AppendResult, RecordInput, Store } from "../../store/store.ts";
import type { CrashedWrite } from "./crash-point.ts";

export interface LifeStoreOptions {
  readonly store: Store;
  /** What becomes of a write to the journal, or of a run's end, which has no entry. */
  readonly onWrite: (entry: JournalEntry | undefined) => CrashedWrite | undefined;
  readonly onWritten: (entry: Applied) => void;
  readonly onCrash: () => void;
}

export interface LifeStore extends Store {
  /** The worker dies. */
  crash(): void;
}

export function createLifeStore({ store, onWrite, onWritten, onCrash }: LifeStoreOptions): LifeStore {
  let isAlive = true;
  const never = new Promise<never>(() => {});

  function crash(): void {
    if (!isAlive) return;
    isAlive = false;
    onCrash();
  }

  async function write<R extends { readonly outcome: string }>(
    record: RecordInput,
    after: number,
    send: () => Promise<R>,
    isEnd: boolean,
  ): Promise<R> {
    if (!isAlive) return never;
    const entry = record.entry as JournalEntry | undefined;
    const crashed = entry === undefined && !isEnd ? undefined : onWrite(entry);
    if (crashed !== "lost") {
      const result = await send();
      const at = (result as { readonly at?: number }).at;
      if (entry !== undefined && at !== undefined) onWritten({ ...entry, seq: after + 1, at });
      if (crashed === undefined) return isAlive ? result : never;
    }
    crash();
    return never;
  }

  /** Writes all but the last record, and leaves that one to `send`. */
  async function writeAll<
    I extends AppendInput,
    R extends AppendResult | { readonly outcome: "news" | "cancelling" },
  >(input: I, send: (input: I) => Promise<R>, isEnd: boolean): Promise<R | AppendResult> {
    let { after } = input;
    for (const record of input.records.slice(0, -1)) {
      const { token, progress } = input;
      const place = after;
      const result = await write(
        record,
        place,
        () => store.append({ token, progress, after: place, records: [record] }),
        false,
      );
      if (result.outcome !== "written") return result;
      after++;
    }
    const last = input.records.at(-1)!;
    return write(last, after, () => send({ ...input, after, records: [last] }), isEnd);
  }

  return {
    ...store,
    crash,
    append: (input) => writeAll(input, (last) => store.append(last), false),
    park: (input) => writeAll(input, (last) => store.park(last), false),
    block: (input) => writeAll(input, (last) => store.block(last), false),
    release: (input) => writeAll(input, (last) => store.release(last), false),
    finish: (input) => writeAll(input, (last) => store.finish(last), true),
    readOrLead: (request) => (isAlive ? store.readOrLead(request) : never),
    fillCache: (filling) => (isAlive ? store.fillCache(filling) : never),
    giveUpLeads: (worker, leads) => (isAlive ? store.giveUpLeads(worker, leads) : never),
    // The test run itself says when there is something to look at.
    watchRun: () => () => {},
  };
}
