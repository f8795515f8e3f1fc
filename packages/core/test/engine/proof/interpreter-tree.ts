/** What a tree comes to: the value of a component, or of the children that have one. */
import type { Json } from "@alder/core";
import { contentOf, type Asking, type Place } from "./interpreter-place.ts";
import { Failure, Region } from "./interpreter-steps.ts";
import type { Tree } from "./program.ts";

/** `output` is what an `Output` states for the nearest container around. */
interface Valued {
  /** More than one where nothing holds them together, a provider's children say. */
  readonly values: readonly Json[];
  readonly output?: Json | undefined;
}

const NOTHING: Valued = { values: [] };

/** One value is that, several are an array, none is none. */
export function oneValue({ values }: Pick<Valued, "values">): Json | undefined {
  return values.length > 1 ? values : values[0];
}

function contained(value: Json | undefined, output: Json | undefined): Valued {
  if (output !== undefined) return { values: [output] };
  return value === undefined ? NOTHING : { values: [value] };
}

export async function treeValue(interpreter: Asking, tree: Tree, place: Place): Promise<Valued> {
  const key = tree.kind === "step" ? tree.call.key : "key" in tree ? tree.key : undefined;
  const inside = key === undefined ? place : { ...place, keys: `${place.keys}/${key}` };
  switch (tree.kind) {
    case "step":
      return stepValue(interpreter, tree, place, inside, 0);
    case "sequence": {
      let last: Json | undefined;
      let output: Json | undefined;
      for (const child of inOrder(interpreter, tree.children, inside)) {
        const valued = await child.begin();
        const value = oneValue(valued);
        last = value === undefined ? last : value;
        output = valued.output === undefined ? output : valued.output;
      }
      return contained(last, output);
    }
    case "parallel": {
      const children = inOrder(interpreter, tree.children, inside);
      const branches = await limited(interpreter, children, tree.limit ?? Infinity);
      return contained(gathered(branches.map(asBranch)).values, gathered(branches).output);
    }
    case "catch": {
      const region = new Region(inside.region);
      try {
        return await joined(interpreter, tree.children, { ...inside, region, leaves: region });
      } catch (error) {
        region.end();
        const variables = {
          ...inside.variables,
          values: new Map(inside.variables.values).set(tree.name, (error as Error).message),
        };
        return asBranch(await treeValue(interpreter, tree.fallback, { ...inside, variables }));
      }
    }
    case "fallback": {
      const failures: unknown[] = [];
      for (const { begin, place: child } of inOrder(interpreter, tree.children, inside, () =>
        aside(inside),
      )) {
        try {
          return asBranch(await begin());
        } catch (error) {
          child.region.end();
          failures.push(error);
        }
      }
      throw allOf(failures);
    }
    case "race": {
      const branches = inOrder(interpreter, tree.children, inside, () => {
        const region = new Region(inside.region);
        return { ...inside, region, leaves: region };
      });
      const won = branches.map(async ({ begin, place: { region } }) => {
        const valued = await begin();
        for (const other of branches) if (other.place.region !== region) other.place.region.end();
        return valued;
      });
      const winner = await interpreter.first(won);
      return contained(oneValue(winner), winner.output);
    }
    case "retry":
      for (let attempt = 1; ; attempt++) {
        try {
          return await joined(interpreter, tree.children, inside);
        } catch (error) {
          if (attempt >= tree.attempts || !(error instanceof Failure)) throw error;
          for (const step of [...error.before, error.step]) interpreter.clearFailure(step);
        }
      }
    case "timeout": {
      const region = new Region(inside.region);
      const children = joined(interpreter, tree.children, { ...inside, region, leaves: region });
      let isDone = false;
      const done = children.finally(() => (isDone = true));
      try {
        return await interpreter.first([
          done,
          interpreter.timeLimit(tree.ms, () => isDone || !region.isAlive),
        ]);
      } catch (error) {
        // Only what took too long is cancelled: after a failure of the children, a new attempt finds the others under way.
        if (!isDone) region.end();
        throw error;
      }
    }
    case "context":
      return together(interpreter, tree.children, {
        ...inside,
        context: interpreter.value(tree.value, place.variables),
      });
    case "plain":
      return together(interpreter, tree.children, inside);
    case "suspense":
    case "limit":
      return joined(interpreter, tree.children, inside);
    case "output":
      return { values: [], output: interpreter.value(tree.value, place.variables) };
    case "output tree":
      return { values: [], output: oneValue(await treeValue(interpreter, tree.tree, place)) };
    case "status":
      return NOTHING;
    case "data":
      return { values: [interpreter.value(tree.value, place.variables)] };
  }
}

async function stepValue(
  interpreter: Asking,
  { call, then }: Extract<Tree, { kind: "step" }>,
  place: Place,
  inside: Place,
  twin: number,
): Promise<Valued> {
  const value = await interpreter.ask(call, place, twin).promise;
  if (then === undefined) return call.kind === "sleep" ? NOTHING : { values: [value] };
  const variables = { ...inside.variables, values: new Map(inside.variables.values).set(then.name, value) };
  return treeValue(interpreter, then.tree, { ...inside, variables });
}

/** Ends by itself. */
function aside(around: Place): Place {
  const region = new Region(around.region);
  return { ...around, region, leaves: region };
}

/** The last failure, and which were before. */
function allOf(failures: readonly unknown[]): unknown {
  const last = failures.at(-1);
  if (!(last instanceof Failure)) return last;
  const before = failures.slice(0, -1).filter((failure) => failure instanceof Failure);
  return new Failure(last.message, last.step, [
    ...before.flatMap((failure) => [...failure.before, failure.step]),
    ...last.before,
  ]);
}

interface Child {
  readonly place: Place;
  readonly begin: () => Promise<Valued>;
}

/** The children of one list, each to be begun; equal unkeyed steps are counted. */
function inOrder(
  interpreter: Asking,
  children: readonly Tree[],
  around: Place,
  placeOf: () => Place = () => around,
): readonly Child[] {
  const counts = new Map<string, number>();
  return children.map((child) => {
    const place = placeOf();
    if (child.kind !== "step" || child.call.key !== undefined)
      return { place, begin: () => treeValue(interpreter, child, place) };
    const content = contentOf(child.call);
    const twin = counts.get(content) ?? 0;
    counts.set(content, twin + 1);
    return { place, begin: () => stepValue(interpreter, child, place, place, twin) };
  });
}

async function together(interpreter: Asking, children: readonly Tree[], place: Place): Promise<Valued> {
  const begun = inOrder(interpreter, children, place).map((child) => child.begin());
  return gathered(await interpreter.together(begun));
}

async function joined(interpreter: Asking, children: readonly Tree[], place: Place): Promise<Valued> {
  return asBranch(await together(interpreter, children, place));
}

/** With one value at most. */
function asBranch(valued: Valued): Valued {
  const value = oneValue(valued);
  return { ...valued, values: value === undefined ? [] : [value] };
}

function gathered(children: readonly Valued[]): Valued {
  const values = children.flatMap((child) => child.values);
  return { values, output: children.findLast(({ output }) => output !== undefined)?.output };
}

/** All at once, or so many at a time. */
async function limited(
  interpreter: Asking,
  children: readonly Child[],
  limit: number,
): Promise<readonly Valued[]> {
  const values: Valued[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < children.length; index = next++) {
      const child = children[index];
      if (child !== undefined) values[index] = await child.begin();
    }
  };
  const lanes = Array.from({ length: Math.min(limit, children.length) }, lane);
  await interpreter.together(lanes);
  return values;
}
