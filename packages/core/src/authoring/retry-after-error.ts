import { AlderError } from "../errors/alder-error.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";

/** Thrown by a component: the next attempt, if its retry policy allows one, starts after `delay` and not before. */
export class RetryAfterError extends AlderError {
  override readonly name: string = "RetryAfterError";
  readonly delayMs: number;

  constructor(message: string, delay: Duration, options: { readonly cause?: unknown } = {}) {
    super("retry_after", message, options);
    this.delayMs = parseDuration(delay, "RetryAfterError");
  }
}
