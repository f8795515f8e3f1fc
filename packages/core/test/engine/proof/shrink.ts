/** Makes a failing program smaller for as long as it still fails. */
import type { Program } from "./program.ts";

const MOST_TRIES = 400;

export async function shrink(
  program: Program,
  fails: (smaller: Program) => Promise<boolean>,
): Promise<Program> {
  let smallest = program;
  let tries = 0;
  for (let smaller = true; smaller && tries < MOST_TRIES;) {
    smaller = false;
    for (const candidate of candidates(smallest)) {
      if (tries++ >= MOST_TRIES) break;
      if (!(await fails(candidate).catch(() => false))) continue;
      smallest = candidate;
      smaller = true;
      break;
    }
  }
  return smallest;
}

/** Programs with one part left out, or with a part in the place of what is around it; the largest cuts first. */
function candidates(program: Program): Program[] {
  const cuts: { readonly smaller: unknown; readonly size: number }[] = [];
  for (const body of smallerThan(program.body))
    cuts.push({ smaller: { ...program, body }, size: JSON.stringify(body).length });
  return cuts.toSorted((a, b) => a.size - b.size).map(({ smaller }) => smaller as Program);
}

function* smallerThan(value: unknown): Iterable<unknown> {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) yield value.toSpliced(index, 1);
    for (const [index, part] of value.entries()) {
      for (const smaller of smallerThan(part)) yield value.with(index, smaller);
    }
    return;
  }
  for (const inner of ofTheSameSort(value)) yield inner;
  for (const [name, part] of Object.entries(value)) {
    for (const smaller of smallerThan(part)) yield { ...value, [name]: smaller };
  }
}

/** Parts of a tree that are trees, of a call that are calls. */
function ofTheSameSort(value: object): unknown[] {
  const { children, then, tree, of, fallback } = value as Record<string, unknown>;
  const trees = [children, (then as { tree?: unknown } | undefined)?.tree, tree, fallback];
  return [...trees, of].flat().filter((part) => typeof part === "object" && part !== null);
}
