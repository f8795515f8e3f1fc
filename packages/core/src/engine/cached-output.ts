/**
 * What is kept of a step for others: its output as it is on the wire, and the text it has written, so that whoever reads
 * the stream of a step that is given both sees what one that was executed would have shown.
 */
import { hash } from "node:crypto";
import type { CacheRule } from "../authoring/cache.ts";
import type { Json } from "../protocol/json.ts";
import type { StepCall } from "./call.ts";
import { contentOf } from "./identity.ts";
import type { WrittenText } from "./journal-entry.ts";

/** A type: the compiler takes no interface for JSON. */
export type CachedOutput = {
  readonly output: Json;
  readonly text: WrittenText;
};

/** What the output of a step depends on, as a key. `tenant`: "" for none. */
export function cacheKey({ scope, version }: CacheRule, tenant: string, call: StepCall): string {
  const { definition, contexts } = call;
  const sharers = scope === "tenant" ? [scope, tenant] : [scope];
  const content = contentOf(call.readyProps(), definition.name, contexts);
  return hash("sha256", JSON.stringify([...sharers, definition.name, version, content]), "base64url");
}

export function toCached(output: Json, texts: ReadonlyMap<string, string>): CachedOutput {
  const text: Record<string, string | null> = {};
  for (const [stream, written] of texts) {
    const value = written === output ? null : written;
    Object.defineProperty(text, stream, { value, enumerable: true, configurable: true, writable: true });
  }
  return { output, text };
}

/** Undefined for what is none. */
export function fromCached(value: Json): CachedOutput | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "output")) return undefined;
  const { output, text = {} } = value as { readonly output: Json; readonly text?: WrittenText };
  return { output, text };
}
