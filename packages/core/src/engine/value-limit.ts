/** No value of a run is longer than its worker keeps: what one step returns or says is read again by every reader. */
import { AlderError } from "../errors/alder-error.ts";
import type { Json } from "../internal/json.ts";
import type { Run } from "./run.ts";

/** Undefined where it is short enough. `what` begins the error's message, `step` is the name of the step, if it is one's. */
export function tooLarge(run: Run, what: string, value: Json, step?: string): AlderError | undefined {
  const limit = run.options.maxValueLength;
  if (lengthOf(value) <= limit) return undefined;
  return new AlderError(
    "value_too_large",
    `${what} is longer than ${limit} characters of JSON: ` +
      `store it elsewhere and give a reference to it, or raise maxValueLength on the worker`,
    { details: step === undefined ? {} : { step } },
  );
}

function lengthOf(value: Json): number {
  if (typeof value === "string") return value.length + 2;
  return typeof value === "object" && value !== null ? JSON.stringify(value).length : 0;
}
