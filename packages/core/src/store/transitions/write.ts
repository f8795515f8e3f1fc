/**
 * Writing to a run.
 *
 * 1. Only the holder of the newest fence, and only while it owns the run, writes; all others are `fenced` (E8).
 * 2. Records come after the tail, or they are there already under this token, or nothing is written.
 * 3. Times within a run never go back, whatever the clock does.
 */
import type { AppendInput, AppendResult } from "../store.ts";
import type { RecordText, RunChange, RunRow, Stamp, Tables } from "../tables.ts";
import { statusAfter } from "./status.ts";

/** What a write finds: `write` → go on; anything else is the answer. */
export type Verdict = { readonly outcome: "write"; readonly run: RunRow } | AppendResult;

/** `again` tells whether a run that is no longer owned was given up by this very write. */
export function judge(
  tables: Tables,
  { token, after }: AppendInput,
  records: readonly RecordText[],
  again: (run: RunRow) => boolean,
): Verdict {
  const run = tables.findRun(token.runId);
  if (!run || run.fence !== token.fence) return { outcome: "fenced" };
  if (run.phase !== "owned" && !again(run)) return { outcome: "fenced" };
  if (after > run.tail.seq) return { outcome: "gap", tail: run.tail.seq };
  if (run.phase === "owned" && after === run.tail.seq) return { outcome: "write", run };
  return acknowledgeAgain(tables, run, after, records);
}

/** Writes the records and makes the change, in one. `fence` is the writer's; 0 for the store itself. */
export function write(
  tables: Tables,
  run: RunRow,
  records: readonly RecordText[],
  { fence, at }: Stamp,
  change: RunChange = {},
): void {
  const { number, tail } = run;
  tables.insertRecords(number, tail.seq, { fence, at }, records);
  const status = statusAfter(
    run.status,
    records.map(({ type }) => type),
  );
  tables.updateRun(number, {
    updatedAt: at,
    ...(records.length === 0 ? {} : { tail: { seq: tail.seq + records.length, fence } }),
    // Columns that stay are not named: an index would be written for nothing.
    ...(status === run.status ? {} : { status }),
    ...change,
  });
}

/** Store time as this run has it. */
export function timeIn(run: RunRow, now: number): number {
  return Math.max(now, run.updatedAt);
}

/** Only the very same records are a repetition: others in their place would be lost without a word. */
function acknowledgeAgain(
  tables: Tables,
  run: RunRow,
  after: number,
  records: readonly RecordText[],
): AppendResult {
  if (records.length === 0 && after === run.tail.seq) return { outcome: "written", at: run.updatedAt };
  const written = tables.readTexts(run.number, after, records.length);
  const first = written[0];
  if (!first || written.length < records.length) return { outcome: "fenced" };
  const isSame = written.every(
    ({ fence, event }, index) => fence === run.fence && event === records[index]!.event,
  );
  return isSame ? { outcome: "written", at: first.at } : { outcome: "fenced" };
}
