/** The definitions of the steps that Alder brings: timers, a wait for a signal, a tree, and work written in place. */
import type { ZodType } from "zod";
import type { ReactNode } from "react";
import { AlderError } from "../errors/alder-error.ts";
import { checkSchema } from "./check-schema.ts";
import type { Definition } from "./definition.ts";
import { checkName } from "./name.ts";
import type { Step } from "./step.ts";

/** Its props are `{ ms }` or `{ until }`, its output is null. */
export const sleepDefinition: Definition = builtIn("timer", "Sleep", undefined);

/** The clock of a `<Timeout>`; its props are `{ ms }`. */
export const timeoutDefinition: Definition = builtIn("timer", "Timeout", undefined);

/** A workflow without a name of its own whose body is the tree. Throws `bad_schema`. */
export function renderDefinition(tree: ReactNode, output: ZodType | undefined): Definition {
  if (output !== undefined) checkSchema(output, "render(): its output schema");
  return { ...builtIn("workflow", "render", output), body: () => tree };
}

/** A component without props that is written where it runs. Throws `bad_name` and `bad_body`. */
export function inlineDefinition(name: string, work: unknown): Definition {
  checkName(name, "component");
  if (typeof work !== "function") {
    throw new AlderError(
      "bad_body",
      `step.run("${name}") needs its work, an async function, as the second argument`,
    );
  }
  const body = (_props: never, step: Step): unknown => (work as (step: Step) => unknown)(step);
  return { ...builtIn("component", name, undefined), body, isAsync: true, isInline: true };
}

/**
 * Its props are `{ name }`. Its output schema is the payload's: the engine decodes by it, while identity, which knows
 * a step by its name and props, does not see it. Throws `bad_schema`.
 */
export function waitForDefinition(schema: ZodType | undefined): Definition {
  if (schema === undefined) return anyPayload;
  let definition = bySchema.get(schema);
  if (definition === undefined) {
    checkSchema(schema, "waitFor(): its schema");
    definition = builtIn("signal", "WaitFor", schema);
    bySchema.set(schema, definition);
  }
  return definition;
}

const bySchema = new WeakMap<ZodType, Definition>();
const anyPayload = builtIn("signal", "WaitFor", undefined);

function builtIn(kind: Definition["kind"], name: string, output: ZodType | undefined): Definition {
  return {
    kind,
    name,
    body: undefined,
    isAsync: false,
    input: undefined,
    output,
    signals: {},
    streams: {},
    policies: {},
    contexts: [],
  };
}
