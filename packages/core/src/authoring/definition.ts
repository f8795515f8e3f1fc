/** What `component` and `workflow` leave behind for the engine: plain data beside the function people write in JSX. */
import type { Context } from "react";
import type { ZodType } from "zod";
import type { toBudget } from "./budget.ts";
import type { Limit } from "./limit.ts";
import type { FallbackRule } from "./fallback.ts";
import type { CacheRule } from "./cache.ts";
import type { RetryPolicy, TimeoutPolicy } from "./policy.ts";
import type { Step } from "./step.ts";

type DefinitionKind = "component" | "workflow" | "timer" | "signal";

export interface Policies {
  readonly retry?: RetryPolicy;
  readonly timeout?: TimeoutPolicy;
  /** How long the author thinks it takes, in milliseconds. */
  readonly expectMs?: number;
  /** What is tried, in this order, once it has failed for good. */
  readonly fallbacks?: readonly FallbackRule<Definition>[];
  /** Of a workflow. */
  readonly budget?: ReturnType<typeof toBudget>;
  /** In order of key. */
  readonly limits?: readonly Limit[];
  readonly cache?: CacheRule;
}

export interface Definition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The function the author wrote; absent for timers, signals and trees. */
  readonly body: ((props: never, step: Step) => unknown) | undefined;
  /** True for a workflow whose body is an `AsyncFunction`. */
  readonly isAsync: boolean;
  readonly input: ZodType | undefined;
  readonly output: ZodType | undefined;
  /** Declared by a workflow: schemas of the signals it takes and of the objects it publishes. */
  readonly signals: Readonly<Record<string, ZodType>>;
  readonly streams: Readonly<Record<string, ZodType>>;
  readonly policies: Policies;
  /** React contexts whose values are part of what identifies its steps (E3). */
  readonly contexts: readonly Context<unknown>[];
  /** Made by `step.run`: its name alone tells it from others in its body. */
  readonly isInline?: true;
}

const DEFINITION = Symbol.for("alder.definition");

/** The definition behind a component, workflow or built-in step; undefined for anything else. */
export function definitionOf(value: unknown): Definition | undefined {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return undefined;
  return (value as { [DEFINITION]?: Definition })[DEFINITION];
}

/** Marks `target` as standing for `definition`. */
export function define<T extends object>(target: T, definition: Definition): T {
  return Object.defineProperty(target, DEFINITION, { value: definition });
}
