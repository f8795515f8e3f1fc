import { canonicalJson } from "../internal/canonical-json.ts";
import type { Json } from "../protocol/json.ts";

/** SHA-256 of a value's canonical JSON, in hexadecimal: equal for equal values, whatever the order of their properties. */
export async function toFingerprint(value: Json): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(value, "The input"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
