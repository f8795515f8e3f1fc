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
  const whole = cuts.filter(({ smaller }) => isWhole((smaller as Program).body, "body"));
  return whole.toSorted((a, b) => a.size - b.size).map(({ smaller }) => smaller as Program);
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

/** The parts that are what a body, a fallback or a function child returns: only there may data stand. */
const RETURNED: readonly string[] = ["result", "fallback", "tree"];

/** A cut may leave a race without members, data among children, or a tree in the place of the call that renders it. */
function isWhole(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) {
    const isEmpty = value.length === 0 && (name === "of" || name === "calls" || name === "children");
    return !isEmpty && value.every((part) => isWhole(part, name));
  }
  const { kind } = value as { readonly kind?: string };
  if (kind === "data" && !RETURNED.includes(name)) return false;
  if ((name === "call" || name === "of" || name === "calls") && kind !== undefined && TREES.includes(kind))
    return false;
  const isChild = kind === "output tree";
  return Object.entries(value).every(([part, inner]) => isWhole(inner, isChild ? "children" : part));
}

const TREES: readonly string[] =
  "step,sequence,race,fallback,suspense,plain,limit,parallel,catch,retry,timeout,context,output,output tree,status,data".split(
    ",",
  );

/** Parts of a tree that are trees, of a call that are calls. */
function ofTheSameSort(value: object): unknown[] {
  const { children, then, tree, of, fallback } = value as Record<string, unknown>;
  const trees = [children, (then as { tree?: unknown } | undefined)?.tree, tree, fallback];
  return [...trees, of].flat().filter((part) => typeof part === "object" && part !== null);
}
