import { AlderError } from "./alder-error.ts";

/** Thrown by a component: no further attempt is made, whatever its retry policy says. */
export class NonRetryableError extends AlderError {
  override readonly name: string = "NonRetryableError";

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("non_retryable", message, options);
  }
}
