/**
 * The render body of a workflow: executed pass after pass, its calls found again by the slot they stand in.
 *
 * 1. A pass asks for nothing by itself: the calls of a committed pass do (E5). A completed pass cancels calls that it no
 *    longer makes (E6).
 * 2. A slot whose call is the same as in the pass before gives the same call without hashing; from the first slot that
 *    differs on, equal unkeyed calls are counted anew (E3).
 */
import type { ReactNode } from "react";
import type { CallOptions } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import type { CombineKind } from "../authoring/runtime.ts";
import { decodeInput } from "../authoring/schema.ts";
import { useInReact } from "../elements/built-in-elements.ts";
import type { ChainLink, ElementSlot, RenderScope, SequenceState, StepHandle } from "../elements/place.ts";
import { toTree } from "../elements/tree.ts";
import { StepError } from "../errors/error-data.ts";
import { NONE, type HostNode } from "../reconciler/host-node.ts";
import { isSuspendedBelow } from "../reconciler/suspended.ts";
import { treeValue } from "../reconciler/tree-value.ts";
import { checkReturned, checkThrown } from "./body-result.ts";
import type { StepCall } from "./call.ts";
import { callFor, clearFailureOf } from "./calls.ts";
import { Combined, isReadyValue } from "./combined.ts";
import { haveSameContexts, NO_CONTEXTS, readContexts, type ContextValues } from "./contexts.ts";
import { finish } from "./finish.ts";
import { contentOf } from "./identity.ts";
import { sameInline } from "./inline-step.ts";
import { toOutcome } from "./outcome.ts";
import { Pass } from "./pass.ts";
import { createRenderStep } from "./render-step.ts";
import { MOST_REPLACED, restlessBody } from "./restless-body.ts";
import type { Run, WorkflowScope } from "./run.ts";
import { outerOf } from "./scope.ts";
import { thenInRender } from "./then-in-render.ts";

interface Slot {
  readonly definition: Definition;
  readonly key: string | undefined;
  readonly props: object;
  readonly countKey: string;
  readonly occurrence: number;
  readonly contexts: ContextValues;
  readonly call: StepCall;
}

let executing: { readonly scope: BodyScope; readonly pass: Pass } | null = null;

/** The render body that is executing right now; null in function children, fallbacks and plain components. */
export function currentBody(): { readonly scope: BodyScope; readonly pass: Pass } | null {
  return executing;
}

/** The scope of a workflow call: the one there is, or a new one. It outlives discarded mounts. */
function scopeFor(run: Run, call: StepCall): WorkflowScope {
  const known = run.renderScopes.get(call.id);
  // One that a new attempt has cleared may not be unmounted yet.
  if (known?.isOf(call)) return known;
  const scope = new BodyScope(run, call);
  run.renderScopes.set(call.id, scope);
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
  /** How often each call was made in the first `#counted` slots. */
  readonly #counts = new Map<string, number>();
  #counted = 0;
  readonly #combined = new Map<string, Combined>();
  /** Those that may be undecided. */
  readonly #races = new Set<Combined>();
  readonly #retained = new Set<StepCall>();
  #lastPass: Pass | null = null;
  /** How often a finished call was asked for with other props. */
  #replaced = 0;
  #mounted = false;
  #props: { readonly value: unknown } | null = null;

  readonly #startsAt: number;
  /** For the tree of what an async body has called: it is not mounted where its caller is. */
  readonly provided: ContextValues;

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
    this.#startsAt = call.startsAt();
    this.provided = call.scope.contexts ?? NO_CONTEXTS;
    this.id = call.id;
    this.label = call.label;
    this.inComponent = call.scope.inComponent;
    this.outer = outerOf(call.scope);
  }

  get place(): readonly number[] {
    return this.#call.place;
  }

  isOf(call: StepCall): boolean {
    return this.#call === call;
  }

  now(): number {
    return this.#lastPass?.now ?? this.#startsAt;
  }

  /** For a random value of a pass. */
  seed(index: number): string {
    return `${this.#run.options.salt}|${this.id}|${index}`;
  }

  // ---- the body

  renderBody(): { tree: ReactNode; onCommit: () => void } {
    const { definition } = this.#call;
    this.#props ??= { value: decodeInput(definition, this.#call.readyProps()) };
    const pass = new Pass(this.#startsAt);
    this.#lastPass = pass;
    this.#run.renderedBodies.add(this);
    const outer = executing;
    executing = { scope: this, pass };
    let returned: unknown;
    try {
      const step = createRenderStep(this.#run, this.#call, (inline, options) =>
        this.call(pass, inline, {}, options),
      );
      returned = definition.body?.(this.#props.value as never, step);
    } catch (thrown) {
      throw checkThrown(thrown, this.label);
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
    const contexts = readContexts(definition, useInReact);
    const isSame =
      slot !== undefined &&
      isSameDefinition(slot.definition, definition) &&
      slot.key === key &&
      haveSameContexts(slot.contexts, contexts) &&
      haveSameValues(slot.props as Record<string, unknown>, props as Record<string, unknown>);
    if (isSame && !pass.isCounting && !slot.call.dead) {
      pass.calls.add(slot.call);
      return slot.call;
    }
    const content = isSame ? slot.call.content : contentOf(props, definition.name, contexts);
    const countKey = isSame ? slot.countKey : `${definition.name}|${key ?? ""}|${content}`;
    const occurrence = this.#count(pass, countKey);
    if (isSame && slot.occurrence === occurrence && !slot.call.dead) {
      pass.calls.add(slot.call);
      return slot.call;
    }
    if (occurrence > 0 && definition.isInline) throw sameInline(definition.name, this.label);
    const request = { definition, props, scope: this, key, keys: "", content, contexts, occurrence };
    const call = callFor(this.#run, request);
    call.slot = index;
    (call.bodies ??= new Set()).add(this);
    pass.calls.add(call);
    if (slot?.call.status === "fulfilled" && slot.call.id !== call.id) this.#noteReplaced(slot.call, call);
    this.#slots[index] = { definition, key, props, countKey, occurrence, contexts, call };
    return call;
  }

  #noteReplaced(was: StepCall, now: StepCall): void {
    if (was.definition.name !== now.definition.name || was.key !== now.key) return;
    if (++this.#replaced > MOST_REPLACED) this.#run.fail(restlessBody(this.label, was, now));
  }

  /** `all` and its kind in the body: the same pending value in every pass. */
  combine(
    pass: Pass,
    kind: CombineKind,
    members: readonly unknown[],
    names: readonly string[] | null,
  ): Combined {
    const made = new Combined(this, kind, members, names);
    const { identity } = made;
    const known = this.#combined.get(identity);
    const combined = known === undefined || known.isStale() ? made : known;
    if (combined === made) this.#combined.set(identity, made);
    combined.settle();
    if (combined.kind === "race" && combined.status === "pending") this.#races.add(combined);
    // Those of this very pass: the race may have been decided among their predecessors.
    pass.release(combined.losers(members));
    return combined;
  }

  wants(failed: boolean): boolean {
    const blockedOn = this.#lastPass?.blockedOn;
    return !blockedOn || failed || isReadyValue(blockedOn) || this.#isRaceDecided();
  }

  /** The losers of a race are let go where it is decided, also if the body waits for more than its winner (E6). */
  #isRaceDecided(): boolean {
    for (const race of this.#races) {
      if (race.status !== "pending") this.#races.delete(race);
      else if (race.isReady()) return true;
    }
    return false;
  }

  refuseThen(): void {
    this.#run.fail(thenInRender(this.label));
  }

  holds(id: string): boolean {
    for (const call of this.#lastPass?.calls ?? []) if (call.id === id) return true;
    return false;
  }

  commitPass(): void {
    const pass = this.#lastPass;
    if (pass === null || !this.#mounted) return;
    for (const call of pass.calls) {
      if (pass.released.has(call)) continue;
      if (call.status === "pending" && !call.dead && !this.#retained.has(call)) {
        this.#retained.add(call);
        this.#run.retain(call);
      }
      this.#run.claims.noteBodyCall(call);
    }
    for (const call of this.#retained) {
      const passed = pass.complete || call.slot < pass.slots;
      const isDropped = pass.released.has(call) || (passed && !pass.calls.has(call));
      if (call.status !== "pending" || call.dead || isDropped) this.#letGo(call);
    }
  }

  #letGo(call: StepCall): void {
    this.#retained.delete(call);
    this.#run.release(call);
  }

  /** Which of several equal calls this one is. What was counted for the calls before it is kept from pass to pass. */
  #count(pass: Pass, countKey: string): number {
    const index = pass.slots - 1;
    if (!pass.isCounting && this.#counted > index) {
      this.#counts.clear();
      this.#counted = 0;
    }
    pass.isCounting = true;
    for (; this.#counted < index; this.#counted++) this.#countOne(this.#slots[this.#counted]?.countKey ?? "");
    this.#counted = index + 1;
    return this.#countOne(countKey);
  }

  #countOne(countKey: string): number {
    const count = this.#counts.get(countKey) ?? 0;
    this.#counts.set(countKey, count + 1);
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
    if (this.#run.renderScopes.get(this.id) === this) this.#run.renderScopes.delete(this.id);
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
    finish(this.#run, call, toOutcome(call.definition, value === NONE ? null : value));
    return false;
  }

  nestedScopes(): readonly RenderScope[] {
    return nestedScopesOf(this.#run, this.nested);
  }

  elementStep(definition: Definition, props: object, slot: ElementSlot): StepHandle {
    const contexts = readContexts(definition, useInReact);
    const content = contentOf(props, definition.name, contexts);
    const { key, twin, keys } = slot;
    return callFor(this.#run, {
      definition,
      props,
      scope: this,
      key,
      keys,
      content,
      contexts,
      occurrence: twin,
    });
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

  whenSwept(bump: () => void): void {
    this.#run.afterSweep.add(bump);
  }

  clearFailure(error: unknown): boolean {
    if (!(error instanceof StepError)) return false;
    clearFailureOf(this.#run, error.stepId);
    return true;
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

/** An inline step is written anew in every pass; the work of the first that asked for it is executed. */
function isSameDefinition(a: Definition, b: Definition): boolean {
  return a === b || (a.isInline === true && b.isInline === true && a.name === b.name);
}

function haveSameValues(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  if (a === b) return true;
  let count = 0;
  for (const name in a) {
    if (!Object.is(a[name], b[name])) return false;
    count++;
  }
  return count === Object.keys(b).length;
}
