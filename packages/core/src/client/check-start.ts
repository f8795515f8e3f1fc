/** What is given with a start is checked before the store is asked. */
import { AlderError } from "../errors/alder-error.ts";
import { toJson } from "../internal/canonical-json.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { CreateRun } from "../store/store.ts";
import type { StartOptions } from "./store-client.ts";

const NAME_LIMIT = 100;
const TAGS_LIMIT = 20;
const PRIORITY_LIMIT = 100;
const METADATA_LIMIT_BYTES = 16 * 1024;

const NAME = `1 to ${NAME_LIMIT} characters, none of them a control character`;

type Given = Pick<CreateRun, "tenant" | "priority" | "tags" | "metadata">;

/** What a store takes of it. Throws `bad_start` and `not_json`. */
export function toGiven(options: StartOptions, workflow: string): Given {
  const { tenant, priority, tags, metadata } = options;
  const where = `start("${workflow}"): `;
  return {
    ...(tenant !== undefined && { tenant: toName(tenant, `${where}tenant`, "tenant") }),
    ...(priority !== undefined && { priority: toPriority(priority, where) }),
    ...(tags !== undefined && { tags: toTags(tags, where) }),
    ...(metadata !== undefined && { metadata: toMetadata(metadata, where) }),
  };
}

function toName(value: unknown, what: string, option: string): string {
  if (typeof value === "string" && value !== "" && value.length <= NAME_LIMIT && isPlain(value)) return value;
  throw badStart(what, value, NAME, option);
}

/** Stores, headers and logs take it as it is. */
function isPlain(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(text);
}

function toPriority(value: unknown, where: string): number {
  if (Number.isInteger(value) && Math.abs(value as number) <= PRIORITY_LIMIT) return (value as number) + 0;
  const wanted = `a whole number from -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}`;
  throw badStart(`${where}priority`, value, wanted, "priority");
}

function toTags(value: unknown, where: string): readonly string[] {
  const isList = Array.isArray(value) && value.length <= TAGS_LIMIT;
  if (!isList) throw badStart(`${where}tags`, value, `a list of ${TAGS_LIMIT} tags at most`, "tags");
  return [...new Set(value.map((tag, index) => toName(tag, `${where}tag ${index + 1}`, "tags")))];
}

function toMetadata(value: unknown, where: string): JsonObject {
  const json: Json = toJson(value, `${where}metadata`);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw badStart(`${where}metadata`, json, "a JSON object", "metadata");
  }
  const bytes = new TextEncoder().encode(JSON.stringify(json)).length;
  if (bytes <= METADATA_LIMIT_BYTES) return json as JsonObject;
  throw new AlderError(
    "bad_start",
    `${where}metadata must have ${METADATA_LIMIT_BYTES} bytes of JSON at most; it has ${bytes}. ` +
      "Keep what is larger where files live, and its address here.",
    { details: { option: "metadata" } },
  );
}

function badStart(what: string, value: unknown, wanted: string, option: string): AlderError {
  return new AlderError("bad_start", `${what} must be ${wanted}; it is ${shown(value)}.`, {
    details: { option },
  });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
