/** A fallback is checked where it is written: on the day it is needed is the wrong day. */
import { AlderError } from "../errors/alder-error.ts";
import { type Definition, definitionOf } from "./definition.ts";
import type { FallbackRule, MakeValue } from "./fallback.ts";

/** What `.fallback()` was given. Throws `bad_policy` and `fallback_cycle`. */
export function toFallbackRule(given: unknown, failing: Definition): FallbackRule<Definition> {
  const where = `${failing.name}.fallback()`;
  const definition = definitionOf(given);
  if (definition === undefined) {
    if (typeof given === "function") return Object.freeze({ to: null, make: given as MakeValue });
    throw new AlderError(
      "bad_policy",
      `${where} takes a component, a workflow, or a function of the error and the props`,
    );
  }
  if (definition.kind !== "component" && definition.kind !== "workflow")
    throw new AlderError(
      "bad_policy",
      `${where} takes a component or a workflow, and not a ${definition.name}`,
    );
  const undeclared = definition.contexts.find((context) => !failing.contexts.includes(context));
  if (undeclared !== undefined) {
    throw new AlderError(
      "bad_policy",
      `${where}: ${definition.name} reads ${undeclared.displayName ?? "a context"}, so the output of ${failing.name} depends on it, too: ` +
        `add it to the contexts of ${failing.name}`,
    );
  }
  const way = wayBack(definition, failing);
  if (way !== null) throw fallbackCycle([failing.name, ...way]);
  return Object.freeze({ to: definition.name, definition });
}

/** `names`: what falls back to what, the first again at the end. */
export function fallbackCycle(names: readonly string[]): AlderError {
  return new AlderError(
    "fallback_cycle",
    `${names.join(" falls back to ")}, which has failed by then: let it fall back to something else, or try it more often with .retry()`,
    { details: { names } },
  );
}

/** Names from the fallback to what has failed, where the one leads to the other. */
function wayBack(from: Definition, failing: Definition): readonly string[] | null {
  if (from.body === failing.body) return [from.name];
  for (const rule of from.policies.fallbacks ?? []) {
    const way = rule.to === null ? null : wayBack(rule.definition, failing);
    if (way !== null) return [from.name, ...way];
  }
  return null;
}
