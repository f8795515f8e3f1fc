import { definitionOf, type Definition } from "../../authoring/definition.ts";
import type { Component } from "../../authoring/component.ts";
import type { Step } from "../../authoring/step.ts";
import type { SchemaMap, Workflow } from "../../authoring/workflow.ts";
import { AlderError } from "../../errors/alder-error.ts";
import type { Json } from "../../internal/json.ts";

/** What a test can put something in the place of: a component, or a nested workflow. */
export type Mockable<P, O> = Component<P, O> | Workflow<P, O, string, unknown, SchemaMap, SchemaMap>;

/**
 * What stands in for a body: it gets the props as the caller gave them, and gives the output, at once or as a promise, or
 * yields it like a streaming component.
 */
export type MockWork<P, O> = (props: P, step: Step) => O | Promise<O> | Yielding<O>;

type Yielding<O> = Generates<unknown, O> | Joined<O>;
type Generates<Yield, End> = Generator<Yield, End, void> | AsyncGenerator<Yield, End, void>;
type Joined<O> = O extends string
  ? Generates<string, void>
  : O extends readonly (infer Element)[]
    ? Generates<Element, void>
    : never;

/** Made by `mock()`. */
export interface Mock {
  readonly name: string;
  /** Undefined for work that is written in place, which is known by its name. */
  readonly definition: Definition | undefined;
  readonly work: (props: never, step: Step) => unknown;
}

/**
 * Stands in for a component or a nested workflow, wherever the run calls it and whatever policies it was given since:
 * with an output, or with a function of its props. Retries, timeouts and schemas are those of what it stands in for. A
 * name instead of a component stands for the `step.run` of that name. Throws `bad_mock`.
 *
 * @example
 * mock(Research, { notes: ["Alders grow beside streams."] });
 * mock(Draft, ({ heading }, step) => {
 *   if (step.attempt === 1) throw new Error("overloaded");
 *   return `About ${heading}`;
 * });
 */
export function mock<P, O>(
  target: Mockable<P, O>,
  output: NoInfer<O> | MockWork<NoInfer<P>, NoInfer<O>>,
): Mock;
export function mock(step: string, output: Json | MockWork<{}, Json>): Mock;
export function mock(target: unknown, output: unknown): Mock {
  const work = typeof output === "function" ? (output as Mock["work"]) : (): unknown => output;
  if (typeof target === "string") return { name: target, definition: undefined, work };
  const definition = definitionOf(target);
  if (definition?.kind === "component" || definition?.kind === "workflow") {
    return { name: definition.name, definition, work };
  }
  throw new AlderError(
    "bad_mock",
    "mock() takes what component() or workflow() returned, or the name of a step.run, as its first argument",
  );
}
