import { canonicalJson } from "../internal/canonical-json.ts";
import { isCall } from "./call.ts";

/**
 * Props as identity sees them (E3): canonical JSON, keys in order, absent and undefined properties alike, and a pending
 * call as its own identity. Throws `not_json`.
 */
export function propsContent(
  props: object,
  name: string,
  toText: (value: unknown, where: string) => string = canonicalJson,
): string {
  let text = "{";
  for (const key of Object.keys(props).toSorted()) {
    const value = (props as Record<string, unknown>)[key];
    if (value === undefined) continue;
    if (text.length > 1) text += ",";
    text += `${JSON.stringify(key)}:`;
    text += isCall(value) ? `{"$call":"${value.identity}"}` : toText(value, `${name}: prop "${key}"`);
  }
  return `${text}}`;
}
