/** What a server says when it refuses, as an error. */
import { AlderError, messageOf } from "@alder/core/protocol";

/**
 * The error that a response tells of: an `application/problem+json` keeps its code and its facts; anything else is an
 * `http_error`. `details.status` is the HTTP status, `details.retryAfterMs` how long the server asks to be left alone.
 */
export async function toProblem(response: Response, now: number): Promise<AlderError> {
  const { status } = response;
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), now);
  const facts = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const problem = await readProblem(response);
  if (!problem) {
    const text = `The server answered ${status} to ${pathOf(response)} and said nothing more: it may be a proxy, or not an Alder API`;
    return new AlderError("http_error", text, { details: facts });
  }
  const { code, detail, title, type: _type, status: _status, ...rest } = problem;
  const message = typeof detail === "string" ? detail : String(title ?? code);
  return new AlderError(String(code), message, { details: { ...rest, ...facts } });
}

/** The error of a request that got no answer. `reason` goes before what the cause says. */
export function unreachable(url: string, cause: unknown, reason = ""): AlderError {
  const text = `${url || "The server"} cannot be reached: ${reason}${messageOf(cause)}. It is tried again by itself where a run is followed.`;
  return new AlderError("unreachable", text, { cause });
}

/** What is said of an answer that no Alder API gives, such as the page that single-page servers have for every address. */
export function describeForeign({ status, headers }: Response, url: string, expected: string): string {
  const type = headers.get("content-type") || "no content type";
  return (
    `${url || "This origin"} answered ${status} with ${type} where ${expected} was expected: give createClient the url of an ` +
    "Alder API, or have this path forwarded to one."
  );
}

/** True where the same request may succeed later. */
export function isTransient(error: AlderError): boolean {
  const { status } = error.details;
  if (typeof status !== "number") return TRANSIENT_CODES.has(error.code);
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** How long the server asks to be left alone, in milliseconds; 0 where it does not. */
export function retryAfterOf(error: AlderError): number {
  const { retryAfterMs } = error.details;
  return typeof retryAfterMs === "number" ? retryAfterMs : 0;
}

const TRANSIENT_CODES = new Set([
  "unreachable",
  "connection_lost",
  "connection_stalled",
  "reset",
  "event_gap",
  "bad_frame",
]);

/** Seconds or a date (RFC 9110); undefined for anything else. */
function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

async function readProblem(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const body: unknown = await response.json();
    if (typeof body !== "object" || body === null || !("code" in body)) return undefined;
    return { ...body };
  } catch {
    return undefined;
  }
}

function pathOf({ url }: Response): string {
  return URL.canParse(url) ? new URL(url).pathname : "a request";
}
