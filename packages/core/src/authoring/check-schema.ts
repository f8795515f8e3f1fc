/**
 * Which schemas a definition may have: those that decode what is on the wire and encode it again (E10). A one-way
 * transform, or JSON on neither side, is refused where it is written and not in the middle of a run.
 */
import type { z, ZodType } from "zod";
import { AlderError } from "../errors/alder-error.ts";

type Schema = z.core.$ZodType;

/** Kinds that JSON cannot carry, and what to use instead. */
const NOT_ON_WIRE: Readonly<Record<string, string>> = {
  date: "a codec from z.iso.datetime() to z.date()",
  bigint: "a codec from z.string() to z.bigint()",
  map: "a codec from z.record() or z.array() to z.map()",
  set: "a codec from z.array() to z.set()",
  symbol: "z.literal() or z.enum()",
  nan: "z.null()",
  function: "data, and choose the function where it is used",
  promise: "the value itself",
  file: "a path or address of the file",
};

/** `what` names the schema in the error's message, as in `component "Draft": its input schema`. Throws `bad_schema`. */
export function checkSchema(schema: ZodType, what: string): void {
  if (!isSchema(schema)) {
    throw new AlderError(
      "bad_schema",
      `${what} is not a schema of zod 4: import { z } from "zod", version 4`,
    );
  }
  visit(schema, { what, path: "", onWire: true, seen: new Set() });
}

interface Visit {
  readonly what: string;
  readonly path: string;
  /** False behind a codec, where values need not be JSON. */
  readonly onWire: boolean;
  readonly seen: Set<Schema>;
}

function visit(schema: Schema, at: Visit): void {
  if (at.seen.has(schema)) return;
  at.seen.add(schema);
  const { def } = internals(schema);
  if (def.type === "transform") {
    const fix = "use z.codec(), which has both ways, or do it in the body";
    throw badSchema(at, "a transform, which cannot be encoded again", fix);
  }
  if (at.onWire && Object.hasOwn(NOT_ON_WIRE, def.type)) {
    throw badSchema(at, `z.${def.type}(), which JSON cannot carry`, `use ${NOT_ON_WIRE[def.type]}`);
  }
  if (isCodec(def)) {
    visit(def.in, at);
    // The far side may share schemas with the wire side: it has a walk of its own.
    return visit(def.out, at.onWire ? { ...at, onWire: false, seen: new Set() } : at);
  }
  for (const [name, child] of childrenOf(def)) {
    visit(child, { ...at, path: name === "" ? at.path : `${at.path}.${name}` });
  }
}

/** Where definitions keep schemas, and what of the value that describes. Others, such as defaults, are not read. */
const FIELDS: Readonly<Record<string, string>> = {
  shape: "",
  catchall: "*",
  element: "[]",
  items: "[]",
  rest: "[]",
  keyType: "",
  valueType: "*",
  options: "",
  left: "",
  right: "",
  innerType: "",
  in: "",
  out: "",
};

function* childrenOf(def: z.core.$ZodTypeDef): Generator<readonly [string, Schema]> {
  if (def.type === "lazy") yield ["", (def as z.core.$ZodLazyDef).getter()];
  for (const [field, name] of Object.entries(FIELDS)) {
    const value: unknown = Reflect.get(def, field);
    if (isSchema(value)) yield [name, value];
    else if (Array.isArray(value)) for (const item of value) yield [name, item as Schema];
    else if (field === "shape" && value !== undefined) yield* Object.entries(value as Record<string, Schema>);
  }
}

function isCodec(def: z.core.$ZodTypeDef): def is z.core.$ZodCodecDef {
  return def.type === "pipe" && "reverseTransform" in def && def.reverseTransform !== undefined;
}

function internals(schema: Schema): z.core.$ZodTypeInternals {
  const { _zod: known } = schema;
  return known;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && "_zod" in value;
}

function badSchema({ what, path }: Visit, found: string, fix: string): AlderError {
  const at = path === "" ? "" : ` at ${path.slice(1)}`;
  return new AlderError("bad_schema", `${what} has${at} ${found}: ${fix}`);
}
