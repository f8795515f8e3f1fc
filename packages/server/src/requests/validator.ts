import { AlderError, type Json, type WorkflowManifest } from "@alder/core/protocol";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";

/** One thing that is wrong with a value. */
export interface Violation {
  /** JSON Pointer (RFC 6901) to what is wrong or missing. */
  readonly pointer: string;
  readonly detail: string;
}

export interface Validator {
  /** Throws `invalid_input`, and `bad_manifest` when the published schema is no schema. */
  input(manifest: WorkflowManifest, value: Json): void;
  /** Throws `invalid_payload`, and `bad_manifest`. The signal must be declared. */
  payload(manifest: WorkflowManifest, signal: string, value: Json): void;
}

/** How many compiled schemas are kept: more than a deployment has workflows. */
const CACHED_SCHEMAS = 1000;
/** A body with more mistakes than this is not repaired by reading a list of them. */
const LISTED_VIOLATIONS = 50;

/**
 * Validates against the schemas of manifests; each is compiled once, by content. It never changes a value: defaults and
 * transforms belong to the worker's schema.
 */
export function createValidator(): Validator {
  const compiled = new Map<string, ValidateFunction>();
  let ajv = createAjv();

  function validateFor(schema: Json, owner: string): ValidateFunction {
    const content = JSON.stringify(schema);
    const known = compiled.get(content);
    if (known) return known;
    if (compiled.size >= CACHED_SCHEMAS) {
      // Ajv keeps what it has compiled, too: both start anew.
      compiled.clear();
      ajv = createAjv();
    }
    const validate = compile(ajv, schema, owner);
    compiled.set(content, validate);
    return validate;
  }

  return {
    input: (manifest, value) => {
      const violations = check(validateFor(manifest.input, `the input of "${manifest.name}"`), value);
      if (violations.length === 0) return;
      throw invalid("invalid_input", `The input of workflow "${manifest.name}" is not valid`, violations);
    },
    payload: (manifest, signal, value) => {
      const name = `the signal "${signal}" of workflow "${manifest.name}"`;
      const violations = check(validateFor(manifest.signals[signal]!, name), value);
      if (violations.length === 0) return;
      throw invalid("invalid_payload", `The payload of ${name} is not valid`, violations);
    },
  };
}

function createAjv(): Ajv2020 {
  return new Ajv2020({
    strict: false,
    allErrors: true,
    // A schema library writes a pattern beside a format where the format is more than a hint.
    validateFormats: false,
    // Patterns come from regular expressions without the u flag.
    unicodeRegExp: false,
    addUsedSchema: false,
    logger: false,
  });
}

function compile(ajv: Ajv2020, schema: Json, owner: string): ValidateFunction {
  try {
    return ajv.compile(schema as boolean | object);
  } catch (cause) {
    throw new AlderError(
      "bad_manifest",
      `The JSON Schema that a worker published for ${owner} cannot be compiled: ${String(cause)}. Change the schema and deploy the worker again.`,
      { cause },
    );
  }
}

function check(validate: ValidateFunction, value: Json): readonly Violation[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, LISTED_VIOLATIONS).map(toViolation);
}

/** Ajv points at the object that lacks a property or has one too many; the pointer here names the property. */
function toViolation({ keyword, instancePath, params, message }: ErrorObject): Violation {
  switch (keyword) {
    case "required":
      return {
        pointer: `${instancePath}/${escape(String(params["missingProperty"]))}`,
        detail: "is required",
      };
    case "additionalProperties":
      return {
        pointer: `${instancePath}/${escape(String(params["additionalProperty"]))}`,
        detail: "is not a property that is known here",
      };
    case "enum":
      return { pointer: instancePath, detail: `must be one of ${JSON.stringify(params["allowedValues"])}` };
    case "const":
      return { pointer: instancePath, detail: `must be ${JSON.stringify(params["allowedValue"])}` };
    default:
      return { pointer: instancePath, detail: message ?? `does not satisfy ${keyword}` };
  }
}

function escape(property: string): string {
  return property.replaceAll("~", "~0").replaceAll("/", "~1");
}

function invalid(code: string, what: string, errors: readonly Violation[]): AlderError {
  const list = errors
    .slice(0, 3)
    .map(({ pointer, detail }) => `${pointer || "the value"} ${detail}`)
    .join("; ");
  return new AlderError(code, `${what}: ${list}${errors.length > 3 ? "; …" : ""}.`, { details: { errors } });
}
