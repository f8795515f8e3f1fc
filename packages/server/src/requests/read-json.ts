import { AlderError, type Json } from "@alder/core/protocol";
import type { HonoRequest } from "hono";

/** Deeper values would overflow the stack of whoever walks them. */
const DEPTH_LIMIT = 500;

/**
 * The body of a request as JSON; undefined where it is empty. Throws `bad_content_type`, `bad_json`, and `too_large`, for which
 * it never holds more than `limitBytes` in memory.
 */
export async function readJson(request: HonoRequest, limitBytes: number): Promise<Json | undefined> {
  const bytes = await readBody(request.raw.body, limitBytes, Number(request.header("content-length")));
  if (bytes.length === 0) return undefined;

  const type = request.header("content-type") ?? "";
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new AlderError(
      "bad_content_type",
      `The body is ${type ? `"${type.slice(0, 100)}"` : "of no declared type"}: send JSON, with content-type: application/json.`,
    );
  }
  const value = parseJson(bytes);
  if (isDeeperThan(value, DEPTH_LIMIT)) {
    throw new AlderError("bad_json", `The body is nested more than ${DEPTH_LIMIT} levels deep: flatten it.`);
  }
  return value;
}

async function readBody(
  body: ReadableStream<Uint8Array> | null,
  limitBytes: number,
  declaredBytes: number,
): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  if (declaredBytes > limitBytes) throw tooLarge(limitBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function tooLarge(limitBytes: number): AlderError {
  return new AlderError(
    "too_large",
    `The body is larger than ${limitBytes} bytes: send large data to where files live, and its address here.`,
    { details: { limitBytes } },
  );
}

function parseJson(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : "it is not UTF-8";
    throw new AlderError("bad_json", `The body cannot be read as JSON: ${reason}.`, { cause });
  }
}

/** Walks without recursion, since depth is what it asks about. */
function isDeeperThan(value: Json, limit: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}
