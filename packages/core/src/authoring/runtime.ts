/**
 * The one seam between what people import to write workflows and the engine that executes them. The authoring entry
 * loads neither React nor Node; a worker installs its runtime here, on `globalThis`, so that a bundler that loads the
 * package twice still meets one engine.
 */
import type { CallOptions } from "./call.ts";
import type { Definition } from "./definition.ts";

/** The elements whose rendering the runtime owns. */
export type ElementName =
  | "Sequence"
  | "Parallel"
  | "Race"
  | "Catch"
  | "Fallback"
  | "Retry"
  | "Timeout"
  | "Limit"
  | "Suspense"
  | "Status"
  | "Progress"
  | "Publish"
  | "Output"
  | "Keyed";

/** What several calls come to: all of them, the first, or each whatever it comes to. */
export type CombineKind = "all" | "race" | "settled";

/** Plain values that are the same in every life of a run. */
export type PlainValue = "now" | "random" | "uuid";

export interface Runtime {
  /**
   * Runs a step in the scope this code is executing in. Returns undefined where there is none and no worker either, so
   * that the caller executes it plainly; throws `lost_context` or `run_outside_body` where `.run` has no place.
   */
  run(definition: Definition, props: object, options: CallOptions | undefined): unknown;
  /** As a pending value where a run executes; undefined elsewhere. */
  combine(kind: CombineKind, members: readonly unknown[] | Readonly<Record<string, unknown>>): unknown;
  /** Undefined where no run executes. Throws `value_outside_body`. */
  plainValue(kind: PlainValue): number | string | undefined;
  use(source: unknown): unknown;
  /** `<Research …/>` */
  renderStep(definition: Definition, props: object): unknown;
  /** `<Sequence …/>` */
  renderElement(name: ElementName, props: object): unknown;
}

const SLOT = Symbol.for("alder.runtime.1");

export function installRuntime(runtime: Runtime): void {
  (globalThis as { [SLOT]?: Runtime })[SLOT] = runtime;
}

export function currentRuntime(): Runtime | undefined {
  return (globalThis as { [SLOT]?: Runtime })[SLOT];
}
