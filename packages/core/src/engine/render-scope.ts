/**
 * The render body of a workflow: executed pass after pass, its calls found again by the slot they stand in.
 *
 * 1. A pass asks for nothing by itself: the calls of a committed pass do (E5). A completed pass cancels calls that it no
 *    longer makes (E6).
 * 2. A slot whose call is the same as in the pass before gives the same call without hashing; from the first slot that
 *    differs on, equal unkeyed calls are counted anew (E3).
 */
import type { ReactNode } from "react";
import type { CallOptions } from "../authoring/runtime.ts";
import type { Definition } from "../authoring/definition.ts";
import { decodeInput, encodeOutput } from "../authoring/schema.ts";
import type { ChainLink, ElementSlot, RenderScope, SequenceState, StepHandle } from "../elements/place.ts";
import { toTree } from "../elements/tree.ts";
import { NONE, type HostNode } from "../reconciler/host-node.ts";
import { isSuspendedBelow } from "../reconciler/suspended.ts";
import { treeValue } from "../reconciler/tree-value.ts";
import { checkReturned } from "./body-result.ts";
import type { StepCall } from "./call.ts";
import { callFor } from "./calls.ts";
import { Combined, isReadyValue } from "./combined.ts";
import { finish } from "./finish.ts";
import { contentOf } from "./identity.ts";
import { Pass } from "./pass.ts";
import type { Run, WorkflowScope } from "./run.ts";
import { outerOf } from "./scope.ts";

interface Slot {
  readonly definition: Definition;
  readonly key: string | undefined;
  readonly props: object;
  readonly countKey: string;
  readonly occurrence: number;
  readonly call: StepCall;
}

let executing: { readonly scope: BodyScope; readonly pass: Pass } | null = null;

/** The render body that is executing right now; null in function children, fallbacks and plain components. */
export function currentBody(): { readonly scope: BodyScope; readonly pass: Pass } | null {
  return executing;
}

/** The scope of a workflow call: the one there is, or a new one. It outlives discarded mounts. */
function scopeFor(run: Run, call: StepCall): WorkflowScope {
  let scope = run.renderScopes.get(call.id);
  if (scope === undefined) {
    scope = new BodyScope(run, call);
    run.renderScopes.set(call.id, scope);
  }
  return scope;
}

export class BodyScope implements RenderScope {
  readonly isAsync = false;
  readonly id: string;
  readonly label: string;
  readonly inComponent: boolean;
  readonly outer: readonly string[];
  readonly nested = new Set<string>();
  bumpBody: (() => void) | null = null;
  bumpNested: (() => void) | null = null;
  readonly #run: Run;
  readonly #call: StepCall;
  readonly #slots: Slot[] = [];
  readonly #combined = new Map<string, Combined>();
  readonly #retained = new Set<StepCall>();
  #lastPass: Pass | null = null;
  #mounted = false;
  #props: { readonly value: unknown } | null = null;

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
    this.id = call.id;
    this.label = call.label;
    this.inComponent = call.scope.inComponent;
    this.outer = outerOf(call.scope);
  }

  get place(): readonly number[] {
    return this.#call.place;
  }

  // ---- the body

  renderBody(): { tree: ReactNode; onCommit: () => void } {
    const { definition } = this.#call;
    this.#props ??= { value: decodeInput(definition, this.#call.readyProps()) };
    const pass = new Pass();
    this.#lastPass = pass;
    this.#run.renderedBodies.add(this);
    const outer = executing;
    executing = { scope: this, pass };
    let returned: unknown;
    try {
      returned = definition.body?.(this.#props.value as never, undefined as never);
    } finally {
      executing = outer;
    }
    checkReturned(returned, this.label, pass.blockedOn?.status === "pending");
    const onCommit = (): void => {
      pass.complete = true;
      this.#run.renderedBodies.add(this);
    };
    return { tree: toTree(returned), onCommit };
  }

  /** `.run` in the body. */
  call(pass: Pass, definition: Definition, props: object, options: CallOptions | undefined): StepCall {
    const index = pass.slots++;
    const key = options?.key === undefined ? undefined : String(options.key);
    const slot = this.#slots[index];
    const isSame =
      slot !== undefined &&
      slot.definition === definition &&
      slot.key === key &&
      haveSameValues(slot.props, props);
    if (isSame && pass.counts === null && !slot.call.dead) {
      pass.calls.add(slot.call);
      return slot.call;
    }
    const content = isSame ? null : contentOf(props, definition.name);
    const countKey = isSame ? slot.countKey : `${definition.name}|${key ?? ""}|${content}`;
    const occurrence = this.#count(pass, countKey);
    if (isSame && slot.occurrence === occurrence && !slot.call.dead) {
      pass.calls.add(slot.call);
      return slot.call;
    }
    const call = callFor(this.#run, {
      definition,
      props,
      scope: this,
      key,
      keys: "",
      content: content ?? contentOf(props, definition.name),
      occurrence,
    });
    call.slot = index;
    (call.bodies ??= new Set()).add(this);
    pass.calls.add(call);
    this.#slots[index] = { definition, key, props, countKey, occurrence, call };
    return call;
  }

  /** `all` in the body: the same pending value in every pass. */
  combine(members: readonly unknown[], names: readonly string[] | null): Combined {
    const made = new Combined(members, names);
    const { identity } = made;
    const known = this.#combined.get(identity);
    const combined = known === undefined || known.isStale() ? made : known;
    if (combined === made) this.#combined.set(identity, made);
    combined.settle();
    return combined;
  }

  wants(failed: boolean): boolean {
    const blockedOn = this.#lastPass?.blockedOn;
    return !blockedOn || failed || isReadyValue(blockedOn);
  }

  holds(id: string): boolean {
    for (const call of this.#lastPass?.calls ?? []) if (call.id === id) return true;
    return false;
  }

  commitPass(): void {
    const pass = this.#lastPass;
    if (pass === null || !this.#mounted) return;
    for (const call of pass.calls) {
      if (call.status === "pending" && !call.dead && !this.#retained.has(call)) {
        this.#retained.add(call);
        this.#run.retain(call);
      }
      this.#run.claims.noteBodyCall(call);
    }
    for (const call of this.#retained) {
      const passed = pass.complete || call.slot < pass.slots;
      if (call.status !== "pending" || call.dead || (passed && !pass.calls.has(call))) this.#letGo(call);
    }
  }

  #letGo(call: StepCall): void {
    this.#retained.delete(call);
    this.#run.release(call);
  }

  #count(pass: Pass, countKey: string): number {
    if (pass.counts === null) {
      pass.counts = new Map();
      for (const slot of this.#slots.slice(0, pass.slots - 1)) {
        pass.counts.set(slot.countKey, (pass.counts.get(slot.countKey) ?? 0) + 1);
      }
    }
    const count = pass.counts.get(countKey) ?? 0;
    pass.counts.set(countKey, count + 1);
    return count;
  }

  // ---- the tree it returned

  onMount(): void {
    this.#mounted = true;
    this.#run.renderedBodies.add(this);
  }

  onUnmount(): void {
    this.#mounted = false;
    for (const call of this.#retained) this.#letGo(call);
    this.#run.renderScopes.delete(this.id);
  }

  onError(error: unknown): void {
    if (this.#call.finishing) return;
    this.#call.finishing = true;
    finish(this.#run, this.#call, { ok: false, error });
  }

  onDone(node: HostNode): boolean {
    const call = this.#call;
    if (call.finishing || call.dead || call.status !== "pending" || !this.#run.renderScopes.has(this.id))
      return false;
    if (isSuspendedBelow(node)) {
      this.#run.toRecheck.add(node);
      return false;
    }
    call.finishing = true;
    const value = treeValue(node);
    try {
      finish(this.#run, call, {
        ok: true,
        value: encodeOutput(call.definition, value === NONE ? null : value),
      });
    } catch (error) {
      finish(this.#run, call, { ok: false, error });
    }
    return false;
  }

  nestedScopes(): readonly RenderScope[] {
    return nestedScopesOf(this.#run, this.nested);
  }

  elementStep(definition: Definition, props: object, slot: ElementSlot): StepHandle {
    const content = contentOf(props, definition.name);
    const { key, twin, keys } = slot;
    return callFor(this.#run, { definition, props, scope: this, key, keys, content, occurrence: twin });
  }

  mountStep(step: StepHandle, chain: ChainLink | null, bump: () => void): () => void {
    const call = step as StepCall;
    const run = this.#run;
    const unclaim = run.claims.add(call, chain);
    run.retain(call);
    (call.elements ??= new Set()).add(bump);
    if (call.status !== "pending") run.elementBumps.add(bump);
    return () => {
      unclaim();
      call.elements?.delete(bump);
      run.release(call);
    };
  }

  scopeOf(step: StepHandle): RenderScope | null {
    const call = step as StepCall;
    if (call.isLeaf || call.definition.isAsync || !call.hasReadyProps()) return null;
    return scopeFor(this.#run, call);
  }

  releaseFinished(sequence: SequenceState): void {
    this.#run.claims.releaseFinished(sequence);
  }
}

/** Scopes of the pending nested workflows among these calls. */
export function nestedScopesOf(run: Run, ids: Iterable<string>): readonly WorkflowScope[] {
  const scopes: WorkflowScope[] = [];
  for (const id of ids) {
    const call = run.calls.get(id);
    if (call?.status === "pending" && !call.dead) scopes.push(scopeFor(run, call));
  }
  return scopes;
}

function haveSameValues(a: object, b: object): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) =>
    Object.is((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}
