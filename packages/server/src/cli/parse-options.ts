import { InvalidArgumentError } from "commander";

/** Takes a whole number within these limits; anything else ends the program with what is allowed. */
export function parseWholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

export const parsePort = parseWholeNumber(0, 65_535);

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Takes a duration as the policies of components do, such as `30s`; gives milliseconds. */
export function parseGrace(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (number !== "" && milliseconds <= 24 * UNITS_MS.h) return milliseconds;
  throw new InvalidArgumentError('Give a duration of at most a day, such as "30s" or "2m".');
}
