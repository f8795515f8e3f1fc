import type { Definition } from "../authoring/definition.ts";
import { encodeOutput } from "../authoring/schema.ts";
import type { Json } from "../protocol/json.ts";
import type { WrittenText } from "./journal-entry.ts";

/** How a step has come to its end. */
export type Outcome =
  | {
      readonly ok: true;
      readonly value: Json;
      readonly signal?: number;
      readonly fallback?: true;
      readonly text?: WrittenText;
      readonly cachedAt?: number;
    }
  | { readonly ok: false; readonly error: unknown };

/** The outcome of a body that has returned: a failure where that is not what the step may give. */
export function toOutcome(definition: Definition, returned: unknown): Outcome {
  try {
    return { ok: true, value: encodeOutput(definition, returned) };
  } catch (error) {
    return { ok: false, error };
  }
}
