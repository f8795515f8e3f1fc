/** Where in a run an element is rendered, and what the elements ask of the engine there. */
import { createContext, use, type Context, type ReactNode } from "react";
import { AlderError } from "../errors/alder-error.ts";
import type { Definition } from "../authoring/definition.ts";
import type { Limit } from "../authoring/limit.ts";
import type { HostNode } from "../reconciler/host-node.ts";

/** A step as an element sees it. */
export interface StepHandle {
  readonly id: string;
  readonly definition: Definition;
  readonly status: "pending" | "fulfilled" | "rejected";
  /** What consumers see: decoded and frozen. */
  readonly value: unknown;
  readonly reason: unknown;
  /** It was cleared by a new attempt, or nobody asked for it any more: another one stands for its step. */
  readonly dead: boolean;
  /** The host node that stands for it, for its place in tree order. */
  node: HostNode | null;
}

/** A `Sequence` above an element, and the child of it the element is in. */
export interface ChainLink {
  readonly sequence: SequenceState;
  readonly index: number;
  readonly up: ChainLink | null;
}

/** What a mounted `Sequence` remembers between commits. */
export interface SequenceState {
  mounted: boolean;
  /** The child that is being done. */
  position: number;
  length: number;
  /** Steps of finished, unmounted children: they still count as mounted for `same_step`. */
  readonly finished: { readonly stepId: string; readonly up: ChainLink | null }[];
}

export interface RenderScope {
  /** Executes the workflow's body, which may suspend; `onCommit` is for when this very pass is committed. */
  renderBody(): { readonly tree: ReactNode; readonly onCommit: () => void };
  readonly label: string;
  /** Re-renders the body; null while unmounted. */
  bumpBody: (() => void) | null;
  /** Re-renders the list of nested scopes that body calls started. */
  bumpNested: (() => void) | null;
  onMount(): void;
  onUnmount(): void;
  onError(error: unknown): void;
  onDone(node: HostNode): boolean;
  /** Scopes of the nested workflows that calls of this body wait for. */
  nestedScopes(): readonly RenderScope[];
  readonly id: string;
  /** Contexts that are provided to its tree. */
  readonly provided: ReadonlyMap<Context<unknown>, unknown>;
  /** Of every `<Limit>` around it. */
  readonly limits: readonly Limit[];

  /** The step that this element asks for; the same handle for the same identity. */
  elementStep(definition: Definition, props: object, slot: ElementSlot): StepHandle;
  /** Keeps the step asked for while mounted; `bump` is called when it has settled. Returns the undo. */
  mountStep(step: StepHandle, chain: ChainLink | null, bump: () => void): () => void;
  /** The scope to mount beside a pending nested workflow; null for other steps and while a prop is pending. */
  scopeOf(step: StepHandle): RenderScope | null;
  /** Calls back, in this same turn, once what is no longer asked for has been cancelled. */
  whenSwept(bump: () => void): void;
  /**
   * A new attempt of a boundary begins: forgets the failure, with what failed below it and because of it (E7). False for
   * an error that no step has failed with, which would come again.
   */
  clearFailure(error: unknown): boolean;
  /** Ends the claims of steps kept by a `Sequence` that is gone. */
  releaseFinished(sequence: SequenceState): void;
}

export interface ElementSlot {
  readonly key: string | undefined;
  /** Which of several equal, unkeyed siblings it is. */
  readonly twin: number;
  /** Keys of the keyed elements around it in its scope. */
  readonly keys: string;
  /** Of every `<Limit>` around it. */
  readonly limits: readonly Limit[];
}

export interface Place {
  readonly scope: RenderScope;
  readonly keys: string;
  readonly chain: ChainLink | null;
  readonly limits: readonly Limit[];
}

export const PlaceContext = createContext<Place | null>(null);

/**
 * The place of the element being rendered. Throws `outside_run` in a tree that no run renders, and `bad_call` where
 * nothing is rendered.
 */
export function usePlace(name: string): Place {
  const place = readPlace(name);
  if (place === null) {
    throw new AlderError(
      "outside_run",
      `<${name}> was rendered outside a workflow: return it from a workflow's body`,
    );
  }
  return place;
}

/** Of a context, `use` fails only outside of a render pass, with words that say nothing to who wrote `await Greet(props)`. */
function readPlace(name: string): Place | null {
  try {
    return use(PlaceContext);
  } catch (cause) {
    throw new AlderError(
      "bad_call",
      `${name} was called as a function, which runs nothing: write <${name} … /> in a tree, or ${name}.run({ … })`,
      { cause },
    );
  }
}

export function addKey(keys: string, key: string): string {
  return `${keys}${JSON.stringify(key)}/`;
}
