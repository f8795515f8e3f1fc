/** What an error says about the provider that was called, for all that share a limit with the step. Nothing here throws. */
import { advised, type ErrorShape, statusOf, unwrapped } from "./retry-advice.ts";

/** `failed`: it says that the provider is ill. `ok`: it has answered. `none`: it says nothing about it. */
export type Health = "ok" | "failed" | "none";

/** No connection, or one that broke: codes of Node and of undici, which `fetch` wraps. */
const LOST = /^(ECONN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|UND_ERR_)/;
/** Of ours. */
const ILL_CODES: ReadonlySet<unknown> = new Set(["timeout"]);
const TOO_SLOW = 408;
const TOO_MANY = 429;

/** `saysWhen`: it says when the provider is to be asked again. One that is busy and says so is not ill: waiting is enough. */
export function healthOf(error: unknown, saysWhen: boolean): Health {
  try {
    for (const at of unwrapped(error)) {
      if (saysWhen && statusOf(at) === TOO_MANY) return "none";
      const health = healthIn(at);
      if (health !== "none") return health;
    }
  } catch {
    // What cannot be read says nothing.
  }
  return "none";
}

/** Milliseconds after which the provider wants to be asked again, where it has said so. `now` is in ms since the epoch. */
export function retryAfterOf(error: unknown, now: number): number | undefined {
  try {
    const advice = advised(error, now);
    return typeof advice === "number" ? advice : undefined;
  } catch {
    return undefined;
  }
}

function healthIn(error: ErrorShape): Health {
  // Another step's failure is told by that step.
  if ("stepId" in error) return "none";
  const { code, name } = error;
  if (ILL_CODES.has(code) || name === "TimeoutError") return "failed";
  if (typeof code === "string" && LOST.test(code)) return "failed";
  const status = statusOf(error);
  if (status === undefined || status < 400) return "none";
  return status >= 500 || status === TOO_SLOW || status === TOO_MANY ? "failed" : "ok";
}
