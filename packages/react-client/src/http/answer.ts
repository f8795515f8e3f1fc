import { AlderError } from "@alder/core/protocol";
import { describeForeign, unreachable } from "./problem.ts";

/** What an API says of the run that was started or steered. */
export interface Answer {
  readonly runId: string;
}

/**
 * Reads an answer to its end. Throws `unreachable` when the connection broke meanwhile, and `http_error` for what no Alder
 * API says.
 */
export async function readAnswer(response: Response, url: string): Promise<Answer> {
  const text = await response.text().catch((error: unknown) => Promise.reject(unreachable(url, error)));
  const answer = parse(text);
  if (typeof answer?.runId === "string") return answer as Answer;
  const message = describeForeign(response, url, "the id of a run");
  throw new AlderError("http_error", message, { details: { status: response.status } });
}

function parse(text: string): { readonly runId?: unknown } | undefined {
  try {
    return JSON.parse(text) as { readonly runId?: unknown } | undefined;
  } catch {
    return undefined;
  }
}
