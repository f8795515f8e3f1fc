/**
 * About how many characters a value has as JSON text, without making the text. What strings need to be escaped is not
 * counted.
 */
export function textLength(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  let length = 2;
  if (Array.isArray(value)) {
    for (const item of value) length += textLength(item) + 1;
    return length;
  }
  for (const [name, property] of Object.entries(value)) length += name.length + textLength(property) + 4;
  return length;
}
