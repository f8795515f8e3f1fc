import type { RunRow } from "../tables.ts";

/** Of runs that become ready in one moment, the oldest stands first in line, in every store. */
export function oldestFirst(runs: readonly RunRow[]): readonly RunRow[] {
  return runs.toSorted((left, right) => left.number - right.number);
}
