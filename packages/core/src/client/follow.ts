/**
 * Following a run's stream.
 *
 * 1. The watch is set before the first read, and a change that is reported while a page is read or handed out leads to
 *    another read: no event is missed.
 * 2. Nothing is read before it is asked for: at most one page is in memory for each reader, however slow it is, besides
 *    what all readers of the run share.
 * 3. However the iteration is left (its end, a `break`, an abort, an error), the watch is removed.
 * 4. It ends by itself only when the run has ended and its last event was handed out.
 */
import { toCursor, type Cursor } from "../protocol/cursor.ts";
import type { RunEvent } from "../protocol/events.ts";
import { hasEnded, type RunStatus } from "../protocol/run-view.ts";
import { createBell } from "./bell.ts";
import type { Tails } from "./run-tail.ts";

export interface FollowOptions {
  /** The events after this one; from the start where absent. */
  readonly after?: Cursor;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** How many events are read at once, at most. */
  readonly pageSize?: number;
}

/** Some events in a row, at least one. */
export interface EventBatch {
  readonly events: readonly RunEvent[];
  /** Where to go on reading. */
  readonly cursor: string;
  /** The run's status when these were read. */
  readonly status: RunStatus;
}

const PAGE_SIZE = 100;

/**
 * The events of a run as they come, until its terminal event. Throws `unknown_run`; `reset` when the cursor names an
 * event that does not exist.
 */
export async function* followRun(
  tails: Tails,
  runId: string,
  options: FollowOptions = {},
): AsyncGenerator<EventBatch, void, undefined> {
  const { signal, pageSize = PAGE_SIZE } = options;
  if (signal?.aborted) return;

  const bell = createBell();
  const { tail, leave } = tails.join(runId);
  const unlisten = tail.listen(bell.ring);
  signal?.addEventListener("abort", bell.ring);
  try {
    let after = options.after;
    while (!signal?.aborted) {
      bell.clear();
      const page = await tail.read(after, pageSize);
      const last = page.events.at(-1);
      if (last) {
        after = last;
        if (signal?.aborted) return;
        yield { events: page.events, cursor: toCursor(last), status: page.status };
      }
      if (!page.atTail) continue;
      if (hasEnded(page.status)) return;
      await bell.rung();
    }
  } finally {
    unlisten();
    leave();
    signal?.removeEventListener("abort", bell.ring);
  }
}
