/**
 * Budgets in programs: some leaves say that they have used something, and of the workflows that have a budget some allow
 * none of it, so that the first of these ends them, and others any amount. There is none in between: what a crash cuts off
 * is paid for twice.
 */
import { bodiesOf } from "./bodies.ts";
import type { LeafName, Program } from "./program.ts";
import { Random } from "./random.ts";

export const USED_TOKENS = 10;
export const SMALL = { tokens: USED_TOKENS / 2 };
export const AMPLE = { tokens: 1e9 };
/** What the message of a budget that is used up is taken for: how much was used is the crashes' doing. */
export const OVERSPENT = "overspent";

const SPENDING: readonly LeafName[] = [
  "Work",
  "Other",
  "Words",
  "Flaky",
  "Stubborn",
  "Bad",
  "Contextual",
  "Inline",
];

/** Some programs with budgets, the same for the same seed; their other parts stay as they are. */
export function withBudgets(program: Program): Program {
  const random = new Random(program.seed + 0.125);
  if (!random.chance(0.3)) return program;
  const small: string[] = [];
  const ample: string[] = [];
  for (const [site, { kind }] of bodiesOf(program)) {
    if (kind !== "component" && random.chance(0.7)) (random.chance(0.6) ? small : ample).push(site);
  }
  const own = random.chance(0.15) ? "small" : random.chance(0.3) ? "ample" : null;
  if (small.length + ample.length === 0 && own === null) return program;
  const some = (): readonly LeafName[] => SPENDING.filter(() => random.chance(0.25));
  return { ...program, budget: { atStart: some(), atEnd: some(), small, ample, own } };
}
