// JSON that fits the schema a request asks for, filled with what the prompt is about.
import { planHeadings } from "./headings.ts";
import type { ChatRequest, JsonSchema } from "./chat-protocol.ts";
import { pickBest, readMaterial } from "./material.ts";
import type { Prompt } from "./prompt.ts";

/** The schema of a request; a client that only says `json_object` gets one answer in an object. */
export function schemaOf(request: ChatRequest): JsonSchema {
  return request.response_format?.json_schema?.schema ?? fallbackSchema;
}

const fallbackSchema: JsonSchema = { type: "object", properties: { answer: { type: "string" } } };
const usualListLength = 4;
const mostDepth = 8;

/** A value that fits simple schemas: objects, arrays, texts, numbers, choices. */
export function fillSchema(root: JsonSchema, prompt: Prompt): unknown {
  return fill(root, "", undefined, 0);

  function fill(schema: JsonSchema, name: string, item: string | undefined, depth: number): unknown {
    const target = resolve(schema);
    if (depth > mostDepth) return null;
    if ("const" in target) return target.const;
    if (Array.isArray(target.enum))
      return target.enum.find((one) => prompt.instructions.includes(String(one))) ?? target.enum[0];
    switch (typeOf(target)) {
      case "object":
        return Object.fromEntries(
          Object.entries(asSchemas(target.properties)).map(([key, value]) => [
            key,
            fill(value, key, item, depth + 1),
          ]),
        );
      case "array": {
        const headings = planHeadings(prompt.passages, lengthOf(target));
        const least = Number(target.minItems ?? 1);
        while (headings.length < least)
          headings.push(
            headings.length === 0 ? toTitle(prompt.topic) : `More of ${prompt.topic} (${headings.length})`,
          );
        return headings.map((heading) => fill(asSchema(target.items), name, heading, depth + 1));
      }
      case "string":
        return toText(name, item);
      case "number":
      case "integer":
        return Number(target.minimum ?? 0);
      case "boolean":
        return true;
      default:
        return null;
    }
  }

  /** A text for a property: a title where it is called so, else what the passages say. */
  function toText(name: string, item: string | undefined): string {
    if (item !== undefined && (/heading|title|name|section|topic/i.test(name) || name === "")) return item;
    if (/title|headline|heading|name/i.test(name)) return item ?? toTitle(prompt.topic);
    const { statements } = readMaterial({ ...prompt, headings: item === undefined ? [] : [item] });
    return pickBest(statements, 1)[0]?.text ?? item ?? toTitle(prompt.topic);
  }

  function resolve(schema: JsonSchema): JsonSchema {
    const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (Array.isArray(choices) && choices.length > 0) return resolve(asSchema(choices[0]));
    if (typeof schema.$ref !== "string") return schema;
    const reference = schema.$ref.split("/").at(-1)!;
    return asSchema({ ...asSchemas(root.definitions), ...asSchemas(root.$defs) }[reference]);
  }
}

function typeOf({ type, properties, items }: JsonSchema): unknown {
  if (Array.isArray(type)) return type.find((one) => one !== "null");
  return type ?? (properties ? "object" : items ? "array" : undefined);
}

function lengthOf({ minItems, maxItems }: JsonSchema): number {
  const most = typeof maxItems === "number" ? maxItems : usualListLength;
  const least = typeof minItems === "number" ? minItems : 1;
  return Math.max(least, Math.min(usualListLength, most));
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? (value as JsonSchema) : {};
}

function asSchemas(value: unknown): Record<string, JsonSchema> {
  return asSchema(value) as Record<string, JsonSchema>;
}

function toTitle(topic: string): string {
  const plain = topic.trim().replace(/[.\s]+$/, "");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
