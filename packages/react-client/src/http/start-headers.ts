/** What a start is given beside its input goes in headers, which are ASCII. */
import { AlderError, type JsonObject } from "@alder/core/protocol";
import { toJsonText } from "./json-text.ts";

/** The server refuses what it cannot take with `bad_start`, and says what is wrong. */
export interface StartOptions {
  /** For whom: 1 to 100 characters. Where runs wait for a worker, tenants take turns. */
  readonly tenant?: string | undefined;
  /** What the run is found by: 20 at most, of 1 to 100 characters each. */
  readonly tags?: readonly string[] | undefined;
  /** A note for whoever looks at the run: 16 KiB of JSON at most. The run itself does not see it. */
  readonly metadata?: JsonObject | undefined;
  /** A whole number from -100 to 100; 0 unless given. The highest goes first. */
  readonly priority?: number | undefined;
}

/** Throws `bad_start` for what is no text, and `not_json`. */
export function toStartHeaders({ tenant, tags, metadata, priority }: StartOptions): Record<string, string> {
  return {
    ...(tenant !== undefined && { "alder-tenant": encoded("tenant", tenant) }),
    ...(tags !== undefined && { "alder-tags": tags.map((tag) => encoded("tags", tag)).join(",") }),
    ...(metadata !== undefined && { "alder-metadata": toAscii(metadata) }),
    ...(priority !== undefined && { "alder-priority": String(priority) }),
  };
}

function encoded(option: string, text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    const message = `start: ${option} has half of a character (a lone surrogate): give whole text.`;
    throw new AlderError("bad_start", message, { cause, details: { option } });
  }
}

function toAscii(metadata: JsonObject): string {
  return toJsonText("The metadata of a start", metadata).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
