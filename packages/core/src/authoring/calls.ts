/** The calls that Alder brings, for render and async bodies alike. */
import type { Context } from "react";
import type { ZodType, z } from "zod";
import { AlderError } from "../errors/alder-error.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";
import type { Json } from "../internal/json.ts";
import { sleepDefinition, waitForDefinition } from "./built-in.ts";
import type { Call, Calls, Combined } from "./call.ts";
import { runStep } from "./make-step.ts";
import { type CallOptions, currentRuntime } from "./runtime.ts";
import { allStandalone } from "./standalone.ts";

/**
 * The result of a call, or the value of a context, in a workflow's render body. A call that has not finished suspends
 * the body: start several first, then `use` them, and they run in parallel. Throws the call's failure, and
 * `outside_run`.
 */
export function use<T>(source: Call<T> | Context<T>): T {
  const runtime = currentRuntime();
  if (runtime !== undefined) return runtime.use(source) as T;
  throw new AlderError(
    "outside_run",
    "use() was called where no worker runs: it belongs in a workflow's render body. In async code await the call instead.",
  );
}

/** Several calls as one, with the results in the same shape; it fails with the first that fails. */
export function all<T extends Calls>(calls: T): Call<Combined<T>>;
export function all(calls: readonly unknown[] | Readonly<Record<string, unknown>>): unknown {
  return currentRuntime()?.combine("all", calls) ?? allStandalone(calls);
}

/** Waits that long, at no cost to a worker when a workflow waits. Throws `bad_duration`. */
export function sleep(duration: Duration, options?: CallOptions): Call<void>;
export function sleep(duration: Duration, options?: CallOptions): unknown {
  return runStep(sleepDefinition, { ms: parseDuration(duration, "sleep()") }, options);
}

export interface WaitOptions<S extends ZodType> extends CallOptions {
  /** Schema of the payload; without it the payload is the JSON that was sent. */
  readonly schema?: S;
}

/** The payload of the next signal of that name. Throws `bad_name` and `bad_schema`. */
export function waitFor(name: string, options?: CallOptions): Call<Json>;
export function waitFor<S extends ZodType>(
  name: string,
  options: WaitOptions<S> & { readonly schema: S },
): Call<z.output<S>>;
export function waitFor(name: string, { schema, ...options }: WaitOptions<ZodType> = {}): unknown {
  if (typeof name !== "string" || name === "") {
    throw new AlderError(
      "bad_name",
      "waitFor() takes the name of a signal first, a string that is not empty",
    );
  }
  return runStep(waitForDefinition(schema), { name }, options);
}
