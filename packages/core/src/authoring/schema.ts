/**
 * Schemas between code and wire (E10): callers give `z.input`, bodies and parents see `z.output`, the journal and the
 * browser have the encoded JSON, which is `z.input` again.
 */
import { z, type ZodType } from "zod";
import { AlderError } from "../errors/alder-error.ts";
import { deepFreeze, freezeJson, toJson } from "../internal/canonical-json.ts";
import type { Json } from "../internal/json.ts";
import type { Definition } from "./definition.ts";

/** One thing that is wrong with a value. */
interface SchemaIssue {
  /** JSON Pointer (RFC 6901). */
  readonly pointer: string;
  readonly detail: string;
}

/** Props as the body gets them, frozen. Throws `invalid_input` and `not_json`. */
export function decodeInput(definition: Definition, props: unknown): unknown {
  const wire = toJson(props, `The input of ${describe(definition)}`);
  if (definition.input === undefined) return wire;
  return decode(definition.input, wire, "invalid_input", `The input of ${describe(definition)}`);
}

/** Props as callers give them, of what a body got. */
export function encodeInput(definition: Definition, props: unknown): Json {
  return encodeOutput({ ...definition, output: definition.input }, props);
}

/** What goes into the journal for what a body returned. Throws `invalid_output` and `not_json`. */
export function encodeOutput(definition: Definition, value: unknown): Json {
  const where = `The output of ${describe(definition)}`;
  if (definition.output === undefined) return toJson(value, where);
  return toJson(encode(definition.output, value, "invalid_output", where), where);
}

/** What consumers see of what the journal holds; frozen. Throws `invalid_output`. */
export function decodeOutput(definition: Definition, wire: Json): unknown {
  if (definition.output === undefined) return freezeJson(wire);
  const what = definition.kind === "signal" ? "The payload for" : "The output of";
  return decode(definition.output, wire, "invalid_output", `${what} ${describe(definition)}`);
}

function describe({ kind, name }: Definition): string {
  return kind === "component" || kind === "workflow" ? `${kind} "${name}"` : name;
}

function decode(schema: ZodType, wire: Json, code: string, what: string): unknown {
  const result = guarded(what, () => {
    const first = z.safeDecode(schema, wire);
    if (first.success || wire !== null) return first;
    // An undefined output is null in JSON, and only the schema knows that it was undefined.
    const second = z.safeDecode(schema, undefined);
    return second.success ? second : first;
  });
  if (!result.success) throw invalid(code, what, result.error);
  return deepFreeze(result.data);
}

function encode(schema: ZodType, value: unknown, code: string, what: string): unknown {
  const result = guarded(what, () => z.safeEncode(schema, value));
  if (!result.success) throw invalid(code, what, result.error);
  return result.data;
}

/** Schemas are applied in the middle of a render pass, which cannot wait for a promise. */
function guarded<T>(what: string, apply: () => T): T {
  try {
    return apply();
  } catch (cause) {
    if (!(cause instanceof z.core.$ZodAsyncError)) throw cause;
    throw new AlderError(
      "bad_schema",
      `${what} has a schema with an asynchronous check or codec: make it synchronous, and put async work in a component`,
      { cause },
    );
  }
}

const LISTED_ISSUES = 50;
const SHOWN_ISSUES = 3;

function invalid(code: string, what: string, error: z.core.$ZodError): AlderError {
  const errors = error.issues.slice(0, LISTED_ISSUES).map(toIssue);
  return new AlderError(code, `${what} does not fit its schema: ${toText(errors)}`, { details: { errors } });
}

function toText(issues: readonly SchemaIssue[]): string {
  const shown = issues
    .slice(0, SHOWN_ISSUES)
    .map(({ pointer, detail }) => `${pointer || "the value"}: ${detail}`);
  return shown.join("; ") + (issues.length > SHOWN_ISSUES ? "; …" : "");
}

function toIssue({ path, message }: z.core.$ZodIssue): SchemaIssue {
  const steps = path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return { pointer: steps.join(""), detail: message };
}
