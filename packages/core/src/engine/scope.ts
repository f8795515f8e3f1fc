import type { Limit } from "../authoring/limit.ts";
import type { RareSet } from "../internal/rare-set.ts";
import type { ContextValues } from "./contexts.ts";

/** Where calls are made: the body of a workflow, or the body of a component. */
export interface Scope {
  /** Id of the step it is the body of. */
  readonly id: string;
  readonly label: string;
  /** True where calls are awaited, false where they are `use`d. */
  readonly isAsync: boolean;
  /** It belongs to a component, directly or not: an id that is new there is just new (E4). */
  readonly inComponent: boolean;
  /** Ids of the scopes around it, nearest first, up to the outermost component; empty outside components. */
  readonly outer: readonly string[];
  /** Absolute place in tree order of the step it is the body of. */
  readonly place: readonly number[];
  /** When the latest of the results it has used so far was written, store time (E3). */
  now(): number;
  /** Of every `<Limit>` around it: what its steps are limited by, beside their own. */
  readonly limits?: readonly Limit[];
  /** Of an async body: what the contexts that it or its callers declare are. */
  readonly contexts?: ContextValues;
  /** A call of an async body has its result, written then. */
  heard?(at: number): void;
  /** Of a render body: somebody wants to be called back with the result of one of its calls. Fails the run. */
  refuseThen?(): void;
}

/**
 * What a call of a render body answers to `then`, `catch` and `finally`. It does not throw: what awaits a call in a render
 * body is a promise that nobody listens to, and whose rejection would end the worker.
 */
export function refuseThen(scope: Scope): Promise<never> {
  scope.refuseThen?.();
  return new Promise(() => {});
}

/** `outer` of the scope that is the body of a step called in `around`. */
export function outerOf(around: Scope): readonly string[] {
  return around.inComponent ? [around.id, ...around.outer] : [];
}

/** A scope beside whose body the nested workflows that its calls wait for are mounted. */
export interface NestingScope extends Scope {
  readonly nested: RareSet<string>;
  bumpNested: (() => void) | null;
}

/** A render body that holds calls. */
export interface RenderBody {
  bumpBody: (() => void) | null;
  /** A call it holds has settled: true if it must be rendered again. */
  wants(failed: boolean): boolean;
  /** Its last pass may have been committed: asks for the calls of that pass and no longer for others. */
  commitPass(): void;
}

/** The async body of a workflow. */
export interface AsyncBody {
  readonly label: string;
  isWaiting(): boolean;
}
