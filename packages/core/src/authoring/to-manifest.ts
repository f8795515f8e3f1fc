import { z, type ZodType } from "zod";
import { AlderError } from "../errors/alder-error.ts";
import { toJson } from "../internal/canonical-json.ts";
import type { Json } from "../internal/json.ts";
import type { WorkflowManifest } from "../protocol/manifest.ts";
import type { Definition } from "./definition.ts";

interface ManifestOptions {
  /** Where the workflow's runs wait for a worker. */
  readonly queue: string;
  /** Names the code that publishes it. */
  readonly build: string;
}

/** What a worker publishes about a workflow: schemas of what is on the wire. Throws `bad_schema`. */
export function toManifest(definition: Definition, { queue, build }: ManifestOptions): WorkflowManifest {
  const { name, input, output, signals, streams } = definition;
  const toSchema = (schema: ZodType, what: string): Json =>
    toJsonSchema(schema, `workflow "${name}": ${what} schema`);
  const toSchemas = (schemas: Readonly<Record<string, ZodType>>, kind: string): Record<string, Json> =>
    Object.fromEntries(
      Object.entries(schemas).map(([key, schema]) => [key, toSchema(schema, `its ${kind} "${key}":`)]),
    );
  return {
    name,
    queue,
    build,
    input: input === undefined ? { type: "object" } : toSchema(input, "its input"),
    output: output === undefined ? null : toSchema(output, "its output"),
    signals: toSchemas(signals, "signal"),
    streams: toSchemas(streams, "stream"),
  };
}

/** JSON Schema (2020-12) of a schema's wire side, which for codecs is the input. Throws `bad_schema`. */
export function toJsonSchema(schema: ZodType, what: string): Json {
  try {
    return toJson(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), what);
  } catch (cause) {
    throw new AlderError(
      "bad_schema",
      `${what} cannot be described by JSON Schema: ${String(cause)}. Use plain kinds, and refine() for the rest.`,
      { cause },
    );
  }
}
