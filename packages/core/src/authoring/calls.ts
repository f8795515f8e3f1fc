/** The calls that Alder brings, for render and async bodies alike. */
import type { Context, ReactNode } from "react";
import type { ZodType, z } from "zod";
import { AlderError } from "../errors/alder-error.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";
import type { Json } from "../internal/json.ts";
import { type Moment, parseMoment } from "../internal/moment.ts";
import { renderDefinition, sleepDefinition, waitForDefinition } from "./built-in.ts";
import type { Call, CallOptions } from "./call.ts";
import { runStep } from "./make-step.ts";
import { currentRuntime } from "./runtime.ts";

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

/** Waits that long, at no cost to a worker when a workflow waits. Throws `bad_duration`. */
export function sleep(duration: Duration, options?: CallOptions): Call<void>;
export function sleep(duration: Duration, options?: CallOptions): unknown {
  return runStep(sleepDefinition, { ms: parseDuration(duration, "sleep()") }, options);
}

/**
 * Waits until then, at no cost to a worker when a workflow waits: a `Date`, milliseconds since the epoch, or an ISO 8601
 * date with its time and zone. Throws `bad_time`.
 */
export function sleepUntil(at: Moment, options?: CallOptions): Call<void>;
export function sleepUntil(at: Moment, options?: CallOptions): unknown {
  return runStep(sleepDefinition, { until: parseMoment(at, "sleepUntil()") }, options);
}

export interface RenderOptions<O extends ZodType> extends CallOptions {
  /** Schema of the tree's value, which is not in its type. */
  readonly output?: O;
}

/** The value of a tree, in an async body. Throws `bad_schema`, and `render_outside_body` in a render body. */
export function render<O extends ZodType = never>(
  tree: ReactNode,
  options?: RenderOptions<O>,
): Call<[O] extends [never] ? unknown : z.output<O>>;
export function render(tree: ReactNode, { output, ...options }: RenderOptions<ZodType> = {}): unknown {
  return runStep(renderDefinition(tree, output), {}, options);
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
