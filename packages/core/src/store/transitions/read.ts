/** Reading streams and lists. */
import { AlderError } from "../../errors/alder-error.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { EventsPage, ListRuns, RunsPage, RunSummary } from "../store.ts";
import type { RunRow, Tables } from "../tables.ts";

/** A cursor that names no event of the run is answered with `reset`, never with a silent gap. */
export function readEvents(tables: Tables, runId: string, after: Cursor, limit: number): EventsPage {
  const run = tables.findRun(runId);
  if (!run) return { outcome: "unknown_run" };
  if (after.seq > 0 && tables.findStamp(run.number, after.seq)?.fence !== after.fence)
    return { outcome: "reset" };
  const events =
    after.seq === run.tail.seq ? [] : tables.readEvents(run.number, after.seq, Math.max(1, limit));
  const last = events.at(-1)?.seq ?? after.seq;
  return { outcome: "events", events, status: run.status, atTail: last === run.tail.seq };
}

export function listRuns(tables: Tables, query: ListRuns): RunsPage {
  const { workflow, status, cursor } = query;
  const limit = Math.max(1, query.limit);
  const before = cursor === undefined ? undefined : parseListCursor(cursor);
  // One more than asked for tells whether there is another page.
  const rows = tables.listRuns({ workflow, status, before }, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    runs: shown.map(toSummary),
    cursor: last && rows.length > limit ? `r${last.number.toString(36)}` : null,
  };
}

function toSummary({ runId, workflow, status, createdAt, updatedAt, endedAt }: RunRow): RunSummary {
  return { runId, workflow, status, createdAt, updatedAt, endedAt };
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
