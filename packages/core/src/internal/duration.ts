import { AlderError } from "../errors/alder-error.ts";

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNITS_MS;

/** Milliseconds, or a number with a unit: `"500ms"`, `"2m"`, `"1.5h"`. */
export type Duration = number | `${number}${Unit}`;

/** Milliseconds. `where` begins the error's message. Throws `bad_duration`. */
export function parseDuration(value: Duration, where: string): number {
  const ms = typeof value === "number" ? value : textToMs(value);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new AlderError(
    "bad_duration",
    `${where}: ${describe(value)} is not a duration. Give milliseconds, or a number with one of the units ms, s, m, h, d, such as "2m".`,
    { details: { value: describe(value) } },
  );
}

/** NaN for anything else than a duration with its unit. */
export function textToMs(value: unknown): number {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) : null;
  return match === null ? Number.NaN : Number(match[1]) * UNITS_MS[match[2] as Unit];
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
