/** What a tree comes to: the value of a component, or of the children that have one. */
import type { Json } from "@alder/core";
import { contentOf, type Asking, type Place } from "./interpreter-place.ts";
import { Region } from "./interpreter-steps.ts";
import type { Tree } from "./program.ts";

/** Undefined is none. `output` is what an `Output` states for the nearest container around. */
interface Valued {
  readonly value?: Json | undefined;
  readonly output?: Json | undefined;
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
        const valued = await child();
        last = valued.value === undefined ? last : valued.value;
        output = valued.output === undefined ? output : valued.output;
      }
      return { value: output === undefined ? last : output };
    }
    case "parallel": {
      const children = inOrder(interpreter, tree.children, inside);
      const { values, output } = gathered(await limited(interpreter, children, tree.limit ?? Infinity));
      return { value: output === undefined ? values : output };
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
        return treeValue(interpreter, tree.fallback, { ...inside, variables });
      }
    }
    case "suspense":
    case "plain":
      return joined(interpreter, tree.children, inside);
    case "output":
      return { output: interpreter.value(tree.value, place.variables) };
    case "output tree":
      return { output: (await treeValue(interpreter, tree.tree, place)).value };
    case "status":
      return {};
    case "data":
      return { value: interpreter.value(tree.value, place.variables) };
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
  if (then === undefined) return { value };
  const variables = { ...inside.variables, values: new Map(inside.variables.values).set(then.name, value) };
  return treeValue(interpreter, then.tree, { ...inside, variables });
}

/** The children of one list, each to be begun; equal unkeyed steps are counted. */
function inOrder(
  interpreter: Asking,
  children: readonly Tree[],
  place: Place,
): readonly (() => Promise<Valued>)[] {
  const counts = new Map<string, number>();
  return children.map((child) => {
    if (child.kind !== "step" || child.call.key !== undefined)
      return () => treeValue(interpreter, child, place);
    const content = contentOf(child.call);
    const twin = counts.get(content) ?? 0;
    counts.set(content, twin + 1);
    return () => stepValue(interpreter, child, place, place, twin);
  });
}

async function joined(interpreter: Asking, children: readonly Tree[], place: Place): Promise<Valued> {
  const begun = inOrder(interpreter, children, place).map((child) => child());
  const { values, output } = gathered(await interpreter.together(begun));
  return { value: values.length > 1 ? values : values[0], output };
}

function gathered(children: readonly Valued[]): { values: Json[]; output: Json | undefined } {
  const values = children.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return { values, output: children.findLast(({ output }) => output !== undefined)?.output };
}

/** All at once, or so many at a time. */
async function limited(
  interpreter: Asking,
  children: readonly (() => Promise<Valued>)[],
  limit: number,
): Promise<readonly Valued[]> {
  const values: Valued[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < children.length; index = next++) {
      const child = children[index];
      if (child !== undefined) values[index] = await child();
    }
  };
  const lanes = Array.from({ length: Math.min(limit, children.length) }, lane);
  await interpreter.together(lanes);
  return values;
}
