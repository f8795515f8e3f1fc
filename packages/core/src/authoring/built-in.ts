/** The definitions of the steps that Alder brings: a timer, and a wait for a signal. */
import type { ZodType } from "zod";
import { checkSchema } from "./check-schema.ts";
import type { Definition } from "./definition.ts";

/** Its props are `{ ms }`, its output is null. */
export const sleepDefinition: Definition = builtIn("timer", "Sleep", undefined);

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

function builtIn(kind: "timer" | "signal", name: string, output: ZodType | undefined): Definition {
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
  };
}
