/** What takes the place of a component that has failed for good. */
import type { ErrorData } from "../errors/alder-error.ts";
import type { AsJson } from "./as-json.ts";
import type { Call } from "./call.ts";

/** A component or workflow that takes the props `P` and gives an `O`. */
export interface FallbackStep<P, out O> {
  readonly name: string;
  run(props: P): Call<O>;
}

/** `R` where it may be the output of a component whose output schema takes `Takes`, which is `unknown` without one. */
export type CheckedFallback<R, Takes> = unknown extends Takes
  ? R extends PromiseLike<infer Value>
    ? PromiseLike<AsJson<Value>>
    : AsJson<R>
  : Takes | PromiseLike<Takes>;

/** The output of a component of the output `O` with a fallback. */
export type WithFallback<O, O2, Takes> = unknown extends Takes ? O | O2 : O;

export type MakeValue = (error: ErrorData, props: object) => unknown;

/** `Step`: the definition of a component or workflow. */
export type FallbackRule<Step> =
  | { readonly to: string; readonly definition: Step }
  | { readonly to: null; readonly make: MakeValue };
