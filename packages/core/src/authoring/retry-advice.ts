/** What an error itself says about trying again: one of ours, or one of a model provider's SDK. */

/** Milliseconds to wait, not to try again, or nothing. */
export type Advice = number | "give_up" | "nothing";

/** Codes of ours that the next attempt would meet again, or that say that there is to be none. */
const FINAL_CODES: ReadonlySet<unknown> = new Set([
  "non_retryable",
  "invalid_input",
  "not_json",
  "bad_schema",
  "value_too_large",
  "circuit_open",
]);

/** Statuses below 500 that may be different next time: timeout, conflict, locked, too early, too many requests. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

/** How many errors are looked through: SDKs wrap the last of their own tries. */
const MAX_WRAPPED = 5;

/** `now` is in ms since the epoch. */
export function advised(error: unknown, now: number): Advice {
  for (const at of unwrapped(error)) {
    const advice = adviceOf(at, now);
    if (advice !== "nothing") return advice;
  }
  return "nothing";
}

/** The error, and what it wraps. */
export function* unwrapped(error: unknown): Generator<ErrorShape> {
  let at = error;
  for (let depth = 0; depth < MAX_WRAPPED && typeof at === "object" && at !== null; depth++) {
    yield at;
    const wrapper = at as { lastError?: unknown; cause?: unknown };
    at = wrapper.lastError ?? wrapper.cause;
  }
}

/** The status of an answer over HTTP. */
export function statusOf({ statusCode, status, response }: ErrorShape): number | undefined {
  const given = statusCode ?? status ?? response?.status;
  return typeof given === "number" ? given : undefined;
}

/** The shapes of HTTP errors: `ai` has statusCode and responseHeaders, `openai` status and headers, others a response. */
export interface ErrorShape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly delayMs?: unknown;
  readonly isRetryable?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly responseHeaders?: unknown;
  readonly response?: { readonly status?: unknown; readonly headers?: unknown } | null;
}

function adviceOf(error: ErrorShape, now: number): Advice {
  if (FINAL_CODES.has(error.code)) return "give_up";
  if (error.code === "retry_after" && typeof error.delayMs === "number") return error.delayMs;
  const headers = error.responseHeaders ?? error.headers ?? error.response?.headers;
  if (isFinal(error, headers)) return "give_up";
  return retryAfterMs(headers, now) ?? "nothing";
}

/** The SDK's own word, then the server's, then the status of what is clearly an answer over HTTP. */
function isFinal(error: ErrorShape, headers: unknown): boolean {
  if (typeof error.isRetryable === "boolean") return !error.isRetryable;
  const should = headerOf(headers, "x-should-retry");
  if (should === "true" || should === "false") return should === "false";
  if (typeof headers !== "object" || headers === null) return false;
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 && !PASSING_STATUSES.has(status);
}

function retryAfterMs(headers: unknown, now: number): number | undefined {
  const ms = toNumber(headerOf(headers, "retry-after-ms"));
  if (ms !== undefined) return ms;
  const text = headerOf(headers, "retry-after");
  const seconds = toNumber(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  // Date.parse takes nearly anything for a date; those of HTTP are in GMT.
  const date = text?.endsWith("GMT") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/** From `Headers` and the like, or a plain object whose names may be written in any case. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  if ("get" in headers && typeof headers.get === "function") {
    const value: unknown = headers.get(name);
    return typeof value === "string" ? value : undefined;
  }
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  const value: unknown = Array.isArray(entry?.[1]) ? (entry[1] as unknown[])[0] : entry?.[1];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
