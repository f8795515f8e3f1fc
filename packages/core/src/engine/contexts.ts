/**
 * React contexts that components and workflows declare (E3): their values are JSON, part of what identifies a step, and
 * what its body sees of them.
 *
 * 1. In a tree a context has the value of its nearest provider.
 * 2. What an async body calls sees what the step it is the body of has declared, or else what that step's callers have.
 */
import type { Context } from "react";
import type { Definition } from "../authoring/definition.ts";
import { AlderError } from "../errors/alder-error.ts";
import { canonicalJson, toJson } from "../internal/canonical-json.ts";
import type { Json } from "../internal/json.ts";

export type ContextValues = ReadonlyMap<Context<unknown>, Json>;

export const NO_CONTEXTS: ContextValues = new Map();

/** The values of the contexts that the definition declares. Throws `not_json`. */
export function readContexts(
  { name, contexts }: Definition,
  read: (context: Context<unknown>) => unknown,
): ContextValues {
  if (contexts.length === 0) return NO_CONTEXTS;
  return new Map(
    contexts.map((context) => [context, toJson(read(context), `${name}: the value of ${nameOf(context)}`)]),
  );
}

export function contextsContent(values: ContextValues): string {
  return canonicalJson([...values.values()], "contexts");
}

export function haveSameContexts(a: ContextValues, b: ContextValues): boolean {
  if (a === b) return true;
  return a.size === b.size && contextsContent(a) === contextsContent(b);
}

/** What `step.use(context)` gives. Throws `undeclared_context`. */
export function declaredContext(values: ContextValues, context: Context<unknown>, label: string): unknown {
  if (values.has(context)) return values.get(context);
  throw new AlderError(
    "undeclared_context",
    `${label} called step.use() with ${nameOf(context)}, which it does not declare: add it to its contexts, ` +
      `as in component("${label}", { input, contexts: [${context.displayName ?? "Context"}] }, …), so that it is part of what identifies its steps`,
  );
}

function nameOf(context: Context<unknown>): string {
  return context.displayName === undefined ? "a context" : `context ${context.displayName}`;
}
