/**
 * How an error looks in a journal, in the stream and to a `Catch` fallback: plain data, so that it can be a prop. A type
 * and not an interface, which the compiler would not take for JSON.
 */
export type ErrorData = {
  readonly name: string;
  readonly message: string;
  /** Stable and machine-readable; `null` for errors that user code threw without one. */
  readonly code: string | null;
  /** The name of the step that failed, `null` where no step did. */
  readonly step: string | null;
};

export interface AlderErrorOptions {
  readonly cause?: unknown;
  /** Facts a program may want: run, step, path. JSON only. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one base class of every error Alder raises. `code` is stable; the message says what happened, to which run, step
 * or route, and what to do.
 */
export class AlderError extends Error {
  override readonly name: string = "AlderError";
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: AlderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** True for an error of Alder's with this code, also across two copies of the package. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === code;
}
