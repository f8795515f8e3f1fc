/** How a run's stream is written: server-sent events, or newline-delimited JSON. */
import { toCursor, type RunEvent } from "@alder/core/protocol";
import type { RunRepresentation } from "../run-representation.ts";

export interface StreamFormat {
  readonly contentType: string;
  event(event: RunEvent): string;
  /** The first frame of a reader that asked for one. */
  snapshot(view: RunRepresentation): string;
  /** The last frame of a reader whose cursor does not exist any more. */
  readonly reset: string;
  /** Said while there is nothing to say, so that a connection is seen to be alive; none where the format has no place. */
  readonly ping: string | undefined;
}

const RESET = JSON.stringify({ type: "reset" });

export const serverSentEvents: StreamFormat = {
  contentType: "text/event-stream",
  event: encodedOnce((event) => `id: ${toCursor(event)}\ndata: ${JSON.stringify(event)}\n\n`),
  snapshot: (view) => `id: ${view.cursor}\ndata: ${JSON.stringify({ type: "snapshot", view })}\n\n`,
  // The empty id makes an EventSource forget the cursor: it comes back for the whole stream.
  reset: `id: \ndata: ${RESET}\n\n`,
  ping: ": ping\n\n",
};

export const newlineDelimitedJson: StreamFormat = {
  contentType: "application/x-ndjson",
  event: encodedOnce((event) => `${JSON.stringify(event)}\n`),
  snapshot: (view) => `${JSON.stringify({ type: "snapshot", view })}\n`,
  reset: `${RESET}\n`,
  ping: undefined,
};

/** Readers of one run share its newest events: each is made text once for all of them. */
function encodedOnce(encode: (event: RunEvent) => string): (event: RunEvent) => string {
  const texts = new WeakMap<RunEvent, string>();
  return (event) => {
    let text = texts.get(event);
    if (text === undefined) texts.set(event, (text = encode(event)));
    return text;
  };
}
