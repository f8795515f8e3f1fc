import { AlderError } from "../errors/alder-error.ts";
import { type Duration, textToMs } from "./duration.ts";

/** How many in how long: `"500/1m"` is 500 in any minute. */
export type Rate = `${number}/${Exclude<Duration, number>}`;

export interface RateNumbers {
  readonly count: number;
  readonly periodMs: number;
}

/** `where` begins the error's message. Throws `bad_rate`. */
export function parseRate(value: Rate, where: string): RateNumbers {
  const match = typeof value === "string" ? /^(\d+)\/(.*)$/.exec(value) : null;
  const [count, periodMs] = [Number(match?.[1]), textToMs(match?.[2])];
  if (Number.isSafeInteger(count) && count > 0 && periodMs > 0) return { count, periodMs };
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
  throw new AlderError(
    "bad_rate",
    `${where}: ${shown} is not a rate. Give how many, from 1, and in how long, with one of the units ms, s, m, h, d: "500/1m" is 500 in any minute.`,
    { details: { value: shown } },
  );
}
