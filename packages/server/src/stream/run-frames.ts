import type { StoreClient } from "@alder/core/client";
import { hasCode, parseCursor, type Cursor } from "@alder/core/protocol";
import type { RunRepresentation } from "../run-representation.ts";
import type { StreamFormat } from "./formats.ts";

/** Frames are sent together up to this size, so that a replay is not a packet for each token. */
const CHUNK_LENGTH = 64 * 1024;

export interface RunFramesOptions {
  readonly client: StoreClient;
  readonly runId: string;
  readonly format: StreamFormat;
  /** The frames after this event; from the start where undefined. */
  readonly after: Cursor | undefined;
  /** Makes the first frame, from which the others go on, instead of `after`; left out where it is too large. */
  readonly snapshot: (() => Promise<RunRepresentation>) | undefined;
  readonly signal: AbortSignal;
}

/** A run's stream as text, until its terminal event. A cursor that does not exist is answered with `reset`. */
export async function* runFrames(options: RunFramesOptions): AsyncGenerator<string, void, undefined> {
  const { client, runId, format, signal } = options;
  let after = options.after;
  const view = options.snapshot && (await snapshotOf(options.snapshot));
  if (view) {
    yield format.snapshot(view);
    after = parseCursor(view.cursor);
  }
  try {
    const following = client.follow(runId, { signal, ...(after && { after }) });
    for await (const { events } of following) {
      let text = "";
      for (const event of events) {
        text += format.event(event);
        if (text.length < CHUNK_LENGTH) continue;
        yield text;
        text = "";
      }
      if (text !== "") yield text;
    }
  } catch (error) {
    if (!hasCode(error, "reset")) throw error;
    yield format.reset;
  }
}

/** Undefined for a view that is too large: its events say the same, a page at a time. */
async function snapshotOf(
  snapshot: () => Promise<RunRepresentation>,
): Promise<RunRepresentation | undefined> {
  try {
    return await snapshot();
  } catch (error) {
    if (hasCode(error, "view_too_large")) return undefined;
    throw error;
  }
}
