/** What routes take from query parameters and headers that clients write. */
import { AlderError, parseCursor, type Cursor, type RunStatus } from "@alder/core/protocol";
import type { HonoRequest } from "hono";

/** A whole number from a query parameter, at most `max`; undefined where it is absent. Throws `bad_query`. */
export function numberQuery(request: HonoRequest, name: string, max: number): number | undefined {
  const text = request.query(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badQuery(name, text, "a whole number");
  return Math.min(Number(text), max);
}

/** True for `?name=1` and `?name=true`. Throws `bad_query` for what is neither that nor `0` or `false`. */
export function flagQuery(request: HonoRequest, name: string): boolean {
  const text = request.query(name);
  if (text === undefined || text === "0" || text === "false") return false;
  if (text === "1" || text === "true" || text === "") return true;
  throw badQuery(name, text, "1 or 0");
}

const STATUSES: readonly RunStatus[] = [
  "queued",
  "running",
  "waiting",
  "blocked",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
];

export function statusQuery(request: HonoRequest): RunStatus | undefined {
  const text = request.query("status");
  if (text === undefined) return undefined;
  const status = STATUSES.find((each) => each === text);
  if (!status) throw badQuery("status", text, `one of ${STATUSES.join(", ")}`);
  return status;
}

/**
 * Where a reader goes on: `Last-Event-ID`, which a browser sets when it reconnects, else `?after=`. Undefined for the
 * start. Throws `bad_cursor`.
 */
export function positionOf(request: HonoRequest): Cursor | undefined {
  const text = request.header("last-event-id") || request.query("after");
  return text === undefined || text === "" ? undefined : parseCursor(text);
}

/** An opaque name from a header; undefined where it is absent. Throws `bad_header`. */
export function nameHeader(request: HonoRequest, name: string): string | undefined {
  const text = request.header(name);
  if (text === undefined) return undefined;
  if (text === "" || text.length > 255) {
    throw new AlderError("bad_header", `${name} must have 1 to 255 characters; it has ${text.length}.`, {
      details: { header: name },
    });
  }
  return text;
}

/** The seconds of `Prefer: wait=30`, at most `max`. What cannot be read is no preference (RFC 7240). */
export function preferredWait(request: HonoRequest, max: number): number | undefined {
  for (const preference of (request.header("prefer") ?? "").split(/[,;]/)) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(preference);
    if (match) return Math.min(Number(match[1]), max);
  }
  return undefined;
}

function badQuery(name: string, text: string, wanted: string): AlderError {
  return new AlderError("bad_query", `?${name}= must be ${wanted}; it is "${text.slice(0, 60)}".`, {
    details: { parameter: name },
  });
}
