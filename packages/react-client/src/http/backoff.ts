const INITIAL_MS = 300;
const MAX_MS = 30_000;

/** How long to wait after so many failures in a row: doubling, and jittered so that clients don't come back at once. */
export function backoffMs(failures: number, random: () => number): number {
  const limit = Math.min(MAX_MS, INITIAL_MS * 2 ** (failures - 1));
  return limit * (0.5 + random() / 2);
}
