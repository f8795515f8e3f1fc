import { definitionOf } from "../authoring/definition.ts";

/** The name of what `workflow()` returned; undefined for anything else. */
export function workflowName(value: unknown): string | undefined {
  const definition = definitionOf(value);
  return definition?.kind === "workflow" ? definition.name : undefined;
}
