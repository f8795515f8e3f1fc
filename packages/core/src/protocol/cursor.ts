/**
 * A cursor names an event by its place and by the fence it was written under, so that a tail which was lost and written
 * anew (a failover, a power cut) is answered with `reset` and never with a silent gap.
 */
import { AlderError } from "../errors/alder-error.ts";
import type { EventStamp } from "./events.ts";

export interface Cursor {
  readonly seq: number;
  readonly fence: number;
}

/** The cursor before the first event. */
export const START: Cursor = { seq: 0, fence: 0 };

/** `"<seq>-<fence>"`, the form on the wire. */
export function toCursor(stamp: Pick<EventStamp, "seq" | "fence">): string {
  return `${stamp.seq}-${stamp.fence}`;
}

/** Reads a cursor that came from outside. Throws `bad_cursor`. */
export function parseCursor(text: string): Cursor {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  if (!match) {
    throw new AlderError(
      "bad_cursor",
      `"${text.slice(0, 60)}" is not a cursor: use one that this API gave you, such as "17-3", or none to read from the start`,
    );
  }
  return { seq: Number(match[1]), fence: Number(match[2]) };
}
