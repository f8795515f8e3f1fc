import type { StepCall, Tree } from "./program.ts";
import type { Gardener, Soil } from "./soil.ts";

/** A random tree; one that a body, a fallback or a function child returns may be data. */
export function growTree(gardener: Gardener, soil: Soil, where: "result" | "child"): Tree {
  const { random } = gardener;
  const inner = soil.depth > 0 && !gardener.isSpent ? 1 : 0;
  const kind = random.weighed({
    step: 4,
    sequence: inner * 2,
    parallel: inner * 2,
    copies: inner,
    catch: inner * 2,
    race: inner,
    fallback: inner,
    retry: inner,
    timeout: inner * 0.7,
    context: inner * 0.5,
    suspense: inner * 0.5,
    plain: inner * 0.5,
    output: where === "child" ? 0.3 : 0.1,
    status: where === "child" ? 0.2 : 0,
    data: where === "result" ? (gardener.isSpent ? 4 : 1) : 0,
  });
  const deeper = { ...soil, depth: soil.depth - 1 };
  switch (kind) {
    case "step":
      return growStep(gardener, soil);
    case "sequence":
    case "race":
    case "suspense":
      return { kind, ...gardener.key(), children: growList(gardener, deeper) };
    case "fallback":
      return { kind, ...gardener.key(), children: growList(gardener, { ...deeper, isSafe: true }) };
    case "retry": {
      const attempts = random.from(1, 3);
      const repeated = { ...deeper, isSafe: soil.isSafe || attempts > 1, isRepeated: true };
      return { kind, ...gardener.key(), attempts, children: growList(gardener, repeated) };
    }
    case "timeout": {
      const ms = random.from(1, 2 ** random.from(28, 32));
      return { kind, ...gardener.key(), ms, children: growList(gardener, { ...deeper, isTimed: true }) };
    }
    case "context": {
      const value = gardener.expression(soil);
      return {
        kind,
        ...gardener.key(),
        value,
        children: growList(gardener, { ...deeper, hasContext: true }),
      };
    }
    case "plain":
      return { kind, ...gardener.key(), children: [growTree(gardener, deeper, "child")] };
    case "parallel": {
      const limit = random.chance(0.4) ? { limit: random.from(1, 3) } : {};
      return { kind, ...gardener.key(), ...limit, children: growList(gardener, deeper) };
    }
    case "copies":
      return growCopies(gardener, deeper);
    case "catch": {
      const name = gardener.name();
      const children = growList(gardener, { ...deeper, isSafe: true });
      const fallback = growTree(gardener, { ...deeper, values: [...soil.values, name] }, "result");
      return { kind, ...gardener.key(), children, name, fallback };
    }
    case "output":
      if (random.chance(0.5)) return { kind, value: gardener.expression(soil) };
      return { kind: "output tree", tree: { kind: "step", call: gardener.leaf(soil) } };
    case "status":
      return { kind, text: gardener.name() };
    case "data":
      return { kind, value: gardener.expression(soil) };
  }
}

function growStep(gardener: Gardener, soil: Soil): Tree {
  const { random } = gardener;
  const kind = random.weighed({
    leaf: 5,
    nested: soil.depth > 0 && !gardener.isSpent ? 2 : 0,
    wait: 0.4,
    sleep: 0.3,
  });
  const call: StepCall = kind === "sleep" ? gardener.sleep() : gardener[kind](soil);
  if (soil.depth <= 0 || gardener.isSpent || !random.chance(0.3)) return { kind: "step", call };
  const name = gardener.name();
  const inside = { ...soil, depth: soil.depth - 1, values: [...soil.values, name] };
  return { kind: "step", call, then: { name, tree: growTree(gardener, inside, "result") } };
}

/** Children, some of them twice. */
function growList(gardener: Gardener, soil: Soil): Tree[] {
  const { random } = gardener;
  const children: Tree[] = [];
  for (let left = random.from(1, 3); left > 0; left--) {
    if (random.chance(0.1)) {
      const { key: _key, ...call } = gardener.leaf(soil);
      children.push(...Array.from({ length: random.from(2, 3) }, (): Tree => ({ kind: "step", call })));
    } else children.push(growTree(gardener, soil, "child"));
  }
  return children;
}

/** The same again and again, told apart by keys. */
function growCopies(gardener: Gardener, soil: Soil): Tree {
  const { random } = gardener;
  const count = random.from(2, 4);
  const grown = growTree(gardener, { ...soil, times: soil.times * count }, "child");
  const children = Array.from({ length: count }, (_, index): Tree => withKey(grown, `c${index}`));
  const isSequence = random.chance(0.3);
  if (isSequence) return { kind: "sequence", children };
  return { kind: "parallel", children, ...(random.chance(0.4) ? { limit: 2 } : {}) };
}

function withKey(tree: Tree, key: string): Tree {
  if (tree.kind === "step") return { ...tree, call: { ...tree.call, key } };
  if (KEYLESS.includes(tree.kind)) return { kind: "sequence", key, children: [tree] };
  return { ...tree, key } as Tree;
}

const KEYLESS: readonly Tree["kind"][] = ["output", "output tree", "status", "data", "limit"];
