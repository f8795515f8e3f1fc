/** The value of a tree: a component's output, or what its children's values come to. */
import type { Json } from "../protocol/json.ts";
import { type HostNode, type HostParent, NONE } from "./host-node.ts";

export type TreeValue = Json | typeof NONE;

/**
 * One valued child gives its value, several an array in order, none nothing; `Parallel` always gives an array and
 * `Sequence` its last value, `Race` the winner's. An `Output` states the value of its nearest container.
 */
export function treeValue(node: HostNode): TreeValue {
  switch (node.type) {
    case "value":
      return node.props.value ?? null;
    case "pending":
    case "fallback":
    case "announcement":
    case "aside":
    case "text":
    case "output":
      return NONE;
    case "parallel": {
      const output = findOutput(node);
      return output === null ? valuesOf(node) : outputValue(output);
    }
    case "sequence": {
      const output = findOutput(node);
      if (output !== null) return outputValue(output);
      const { kept } = node.props;
      if (kept?.output) return kept.output.value;
      const values = valuesOf(node);
      if (values.length > 0) return values.at(-1) ?? null;
      return kept === undefined ? NONE : kept.last;
    }
    case "scope":
    case "race": {
      const output = findOutput(node);
      return output === null ? joined(node) : outputValue(output);
    }
    default:
      return joined(node);
  }
}

/** The last `Output` that belongs to this container and not to one inside it. */
export function findOutput(container: HostParent): HostNode | null {
  let found: HostNode | null = null;
  for (const child of container.children) {
    if (child.hidden || !passesOutputs(child)) continue;
    found = child.type === "output" ? child : (findOutput(child) ?? found);
  }
  return found;
}

export function outputValue(output: HostNode): TreeValue {
  return joined(output);
}

function passesOutputs({ type }: HostNode): boolean {
  return (
    type !== "aside" &&
    type !== "fallback" &&
    type !== "parallel" &&
    type !== "sequence" &&
    type !== "race" &&
    type !== "scope"
  );
}

function joined(node: HostNode): TreeValue {
  const values = valuesOf(node);
  return values.length === 0 ? NONE : values.length === 1 ? (values[0] ?? null) : values;
}

function valuesOf(node: HostNode): Json[] {
  const values: Json[] = [];
  for (const child of node.children) {
    if (child.hidden) continue;
    const value = treeValue(child);
    if (value !== NONE) values.push(value);
  }
  return values;
}
