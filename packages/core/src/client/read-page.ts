import { AlderError } from "../errors/alder-error.ts";
import { START, toCursor, type Cursor } from "../protocol/cursor.ts";
import type { EventsPage, Store } from "../store/store.ts";
import { askStore } from "./ask-store.ts";
import { unknownRun } from "./refusals.ts";

export type FoundEvents = Extract<EventsPage, { outcome: "events" }>;

/** At most `limit` events after a cursor. Throws `unknown_run` and `reset`. */
export async function readPage(
  store: Store,
  runId: string,
  after: Cursor = START,
  limit: number,
): Promise<FoundEvents> {
  const page = await askStore(() => store.readEvents(runId, after, limit));
  if (page.outcome === "events") return page;
  if (page.outcome === "unknown_run") throw unknownRun(runId);
  throw new AlderError(
    "reset",
    `The stream of run "${runId}" has no event ${toCursor(after)} any more: read it again from the start, or from a snapshot.`,
    { details: { runId, cursor: toCursor(after) } },
  );
}
