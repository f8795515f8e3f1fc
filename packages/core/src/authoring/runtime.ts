/**
 * The one seam between what people import to write workflows and the engine that executes them. The authoring entry
 * loads neither React nor Node; a worker installs its runtime here, on `globalThis`, so that a bundler that loads the
 * package twice still meets one engine.
 */
import type { Definition } from "./definition.ts";

export interface CallOptions {
  readonly key?: string | number;
}

/** The elements whose rendering the runtime owns. */
export type ElementName =
  | "Sequence"
  | "Parallel"
  | "Catch"
  | "Suspense"
  | "Status"
  | "Progress"
  | "Publish"
  | "Output"
  | "Keyed";

export interface Runtime {
  /**
   * Runs a step in the scope this code is executing in. Returns undefined where there is none and no worker either, so
   * that the caller executes it plainly; throws `lost_context` or `run_outside_body` where `.run` has no place.
   */
  run(definition: Definition, props: object, options: CallOptions | undefined): unknown;
  /** As a pending value inside a render body; undefined elsewhere. */
  combine(kind: "all", members: readonly unknown[] | Readonly<Record<string, unknown>>): unknown;
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
