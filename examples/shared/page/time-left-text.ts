import type { TimeLeft } from "@alder/core/protocol";

/** No more exact than it is known: rounded, as a range where that is wide, and a guess is called one. */
export function toTimeLeftText({ expectedMs, leastMs, mostMs, runs, waits }: TimeLeft): string {
  const time = mostMs === null ? `At least ${toWords(expectedMs)}` : toRange(expectedMs, leastMs, mostMs);
  const guess = runs === 0 ? ", at a guess" : "";
  return `${time} left${guess}${waits ? ", not counting the time for your review" : ""}`;
}

function toRange(expectedMs: number, leastMs: number, mostMs: number): string {
  const isWide = mostMs - leastMs > expectedMs;
  const least = Math.max(1, Math.round(leastMs / MINUTE));
  const most = Math.round(mostMs / MINUTE);
  if (isWide && most > least) return `${least} to ${most} minutes`;
  return expectedMs < FEW ? "A few seconds" : `About ${toWords(expectedMs)}`;
}

const MINUTE = 60_000;
const FEW = 7500;

function toWords(ms: number): string {
  if (ms < FEW) return "a few seconds";
  if (ms < 55_000) return `${Math.round(ms / 10_000) * 10} seconds`;
  const minutes = Math.round(ms / MINUTE);
  return minutes <= 1 ? "a minute" : `${minutes} minutes`;
}
