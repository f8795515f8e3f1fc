import { AlderError } from "../errors/alder-error.ts";

/** A point in time: a `Date`, milliseconds since the epoch, or ISO 8601 with time and zone: `"2027-01-31T09:00:00Z"`. */
export type Moment = Date | number | string;

/** With its zone, or it would mean another time on another machine. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch. `where` begins the error's message. Throws `bad_time`. */
export function parseMoment(value: Moment, where: string): number {
  const ms = toMs(value);
  if (Number.isFinite(ms)) return ms;
  throw new AlderError(
    "bad_time",
    `${where}: ${String(value).slice(0, 60)} is not a time. Give a Date, milliseconds since the epoch, or a date with time and zone such as "2027-01-31T09:00:00Z".`,
    { details: { value: String(value).slice(0, 60) } },
  );
}

function toMs(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "number") return value;
  return typeof value === "string" && ISO.test(value) ? Date.parse(value) : Number.NaN;
}
