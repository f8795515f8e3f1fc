import { AlderError } from "@alder/core/protocol";
import { unreachable } from "./problem.ts";

/** What an API says of the run that was started or steered. */
export interface Answer {
  readonly runId: string;
}

/**
 * Reads an answer to its end. Throws `unreachable` when the connection broke meanwhile, and `http_error` for what no Alder
 * API says, such as the page that single-page servers give for every address.
 */
export async function readAnswer(response: Response, url: string): Promise<Answer> {
  const text = await response.text().catch((error: unknown) => Promise.reject(unreachable(url, error)));
  const answer = parse(text);
  if (typeof answer?.runId === "string") return answer as Answer;
  const type = response.headers.get("content-type") ?? "no content type";
  throw new AlderError(
    "http_error",
    `${url === "" ? "This origin" : url} answered ${response.status} with ${type}, and names no run: give createClient the url ` +
      "of an Alder API, or have this path forwarded to one.",
    { details: { status: response.status } },
  );
}

function parse(text: string): { readonly runId?: unknown } | undefined {
  try {
    return JSON.parse(text) as { readonly runId?: unknown } | undefined;
  } catch {
    return undefined;
  }
}
