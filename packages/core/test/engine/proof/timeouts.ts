/** Leaves that may take so long altogether, in programs: `.timeout({ total })`. */
import type { LeafCall, Program } from "./program.ts";
import { Random } from "./random.ts";

/** A leaf takes up to 2 ** 30 for an attempt: most have the time for one, and few for three. */
const SHORTEST_MS = 2 ** 29;
const LONGEST_MS = 2 ** 31;

/** Some programs with such leaves, the same for the same seed; their other parts stay as they are. */
export function withTimeouts(program: Program): Program {
  const random = new Random(program.seed + 0.0625);
  if (!random.chance(0.3)) return program;
  // By site: what is the same step has the same time.
  const totals = new Map<string, number | null>();
  const totalOf = (site: string): number | null => {
    const known = totals.get(site);
    if (known !== undefined) return known;
    const made = random.chance(0.5) ? random.from(SHORTEST_MS, LONGEST_MS) : null;
    totals.set(site, made);
    return made;
  };
  return { ...program, body: limited(program.body, totalOf) };
}

function limited<T>(value: T, totalOf: (site: string) => number | null): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => limited(part as unknown, totalOf)) as T;
  const parts = Object.entries(value).map(
    ([name, part]) => [name, limited(part as unknown, totalOf)] as const,
  );
  const inner = Object.fromEntries(parts) as T;
  const { kind, name, site = "", fallbacks } = inner as Partial<LeafCall>;
  // An inline step has no policies, and a total says nothing about fallbacks.
  if (kind !== "leaf" || name === "Inline" || fallbacks !== undefined) return inner;
  const totalMs = totalOf(site);
  return totalMs === null ? inner : { ...inner, totalMs };
}
