/** What a start is given beside its input: headers, because the body is the input. */
import type { StartOptions } from "@alder/core/client";
import { AlderError, type Json, type JsonObject } from "@alder/core/protocol";
import type { HonoRequest } from "hono";
import { nameHeader } from "./query.ts";

/** What can be read of them; whether they may be so, the client says. Throws `bad_header`. */
export function startOptionsOf(request: HonoRequest): StartOptions {
  const idempotencyKey = nameHeader(request, "Idempotency-Key");
  const tenant = request.header("Alder-Tenant");
  const tags = request.header("Alder-Tags");
  const priority = request.header("Alder-Priority");
  const metadata = request.header("Alder-Metadata");
  return {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(tenant !== undefined && { tenant: decoded("Alder-Tenant", tenant) }),
    ...(tags !== undefined && { tags: toTags(tags) }),
    ...(priority !== undefined && { priority: toPriority(priority) }),
    ...(metadata !== undefined && { metadata: toMetadata(metadata) as JsonObject }),
  };
}

function toTags(text: string): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => decoded("Alder-Tags", part));
}

function toPriority(text: string): number {
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text);
  throw badHeader("Alder-Priority", `must be a whole number; it is "${text.slice(0, 60)}".`);
}

function toMetadata(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const why = "cannot be read as JSON: write what is not ASCII as \\u escapes.";
    throw badHeader("Alder-Metadata", why, cause);
  }
}

/** Headers are ASCII: what is not is percent-encoded. */
function decoded(name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const why =
      'cannot be decoded: it is percent-encoded, so that "%" is written as "%25" and "ü" as "%C3%BC".';
    throw badHeader(name, why, cause);
  }
}

function badHeader(name: string, why: string, cause?: unknown): AlderError {
  return new AlderError("bad_header", `${name} ${why}`, { cause, details: { header: name } });
}
