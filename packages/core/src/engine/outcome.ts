import type { Json } from "../protocol/json.ts";

/** How a step has come to its end. */
export type Outcome =
  | { readonly ok: true; readonly value: Json; readonly signal?: number }
  | { readonly ok: false; readonly error: unknown };
