/** Reading streams and lists. */
import { AlderError } from "../../errors/alder-error.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { RunEvent } from "../../protocol/events.ts";
import type { EventsPage, ListRuns, RunsPage } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";
import { toSummary } from "./summary.ts";

/** As much text as a page of events has, unless a single event has more. */
export const PAGE_BYTES = 1024 * 1024;
const FEW_EVENTS = 16;

/** A cursor that names no event of the run is answered with `reset`, never with a silent gap. */
export function readEvents(tables: Tables, runId: string, after: Cursor, limit: number): EventsPage {
  const run = tables.findRun(runId);
  if (!run) return { outcome: "unknown_run" };
  if (after.seq > 0 && tables.findStamp(run.number, after.seq)?.fence !== after.fence)
    return { outcome: "reset" };
  const events = readPage(tables, run, after.seq, Math.max(1, limit));
  const last = events.at(-1)?.seq ?? after.seq;
  return { outcome: "events", events, status: run.status, atTail: last === run.tail.seq };
}

/** Pages are small whatever the events are: what is read at once is held in memory, decoded and as text. */
function readPage(
  tables: Tables,
  { number, tail }: RunRow,
  after: number,
  limit: number,
): readonly RunEvent[] {
  const most = Math.min(limit, tail.seq - after);
  if (most <= 0) return [];
  return tables.readEvents(number, after, Math.max(1, countFitting(tables, number, after, most)));
}

/** Counted before they are read: a page that is cut afterwards has been in memory. */
function countFitting(tables: Tables, number: number, after: number, most: number): number {
  if (most === 1) return 1;
  // A few first: of large events each page would else measure hundreds to read one.
  const few = Math.min(most, FEW_EVENTS);
  const fitting = tables.countFitting(number, after, few, PAGE_BYTES);
  return fitting < few || few === most ? fitting : tables.countFitting(number, after, most, PAGE_BYTES);
}

export function listRuns(tables: Tables, query: ListRuns): RunsPage {
  const { workflow, status, cursor } = query;
  const tenant = query.tenant || undefined;
  const tag = query.tag || undefined;
  const limit = Math.max(1, query.limit);
  const before = cursor === undefined ? undefined : parseListCursor(cursor);
  // One more than asked for tells whether there is another page.
  const rows = tables.listRuns({ workflow, status, tenant, tag, before }, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    runs: shown.map((row) => toSummary(tables, row)),
    cursor: last && rows.length > limit ? `r${last.number.toString(36)}` : null,
  };
}

function parseListCursor(text: string): number {
  if (!/^r[0-9a-z]{1,10}$/.test(text)) {
    throw new AlderError(
      "bad_cursor",
      `"${text.slice(0, 60)}" is not a cursor of a list of runs: use the one that came with the page before, or none`,
    );
  }
  return Number.parseInt(text.slice(1), 36);
}
