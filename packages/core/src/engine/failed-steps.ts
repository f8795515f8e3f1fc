import { StepError } from "../errors/error-data.ts";

/** A chain of causes longer than this is a ring. */
const LONGEST_CHAIN = 20;

/**
 * Ids of the steps whose failures an error was caused by: of the step error itself, of those that it names as its `cause`,
 * and of all that an `AggregateError` has gathered; never throws. The uncaught path of a failed run is the chain of these (E7).
 */
export function failedSteps(error: unknown): readonly string[] {
  const found = new Set<string>();
  try {
    collect(error, found, 0);
  } catch {
    // What is thrown may be anything, also such as cannot be read.
  }
  return [...found];
}

function collect(error: unknown, found: Set<string>, depth: number): void {
  if (typeof error !== "object" || error === null || depth > LONGEST_CHAIN) return;
  if (error instanceof StepError) found.add(error.stepId);
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
  collect(cause, found, depth + 1);
  if (Array.isArray(errors)) for (const each of errors) collect(each, found, depth + 1);
}
