/**
 * The render body of a workflow, executed pass after pass.
 *
 * 1. A pass asks for nothing by itself: the calls of a committed pass do (E5). A completed pass cancels calls that it no
 *    longer makes (E6).
 */
import { RareMap } from "../internal/rare-map.ts";
import { RareSet } from "../internal/rare-set.ts";
import type { ReactNode } from "react";
import type { CallOptions } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import type { Limit } from "../authoring/limit.ts";
import type { CombineKind } from "../authoring/runtime.ts";
import { decodeInput } from "../authoring/schema.ts";
import { useInReact } from "../elements/built-in-elements.ts";
import type { ChainLink, ElementSlot, RenderScope, SequenceState, StepHandle } from "../elements/place.ts";
import { toTree } from "../elements/tree.ts";
import { StepError } from "../errors/error-data.ts";
import { NONE, type HostNode } from "../reconciler/host-node.ts";
import { isReactWorking } from "../reconciler/react-working.ts";
import { isSuspendedBelow } from "../reconciler/suspended.ts";
import { treeValue } from "../reconciler/tree-value.ts";
import { checkReturned, checkThrown } from "./body-result.ts";
import { BodySlots } from "./body-slots.ts";
import type { StepCall } from "./call.ts";
import { callFor, clearFailureOf } from "./calls.ts";
import { Combined, isReadyValue } from "./combined.ts";
import { NO_CONTEXTS, readContexts, type ContextValues } from "./contexts.ts";
import { failedSteps } from "./failed-steps.ts";
import { finish } from "./finish.ts";
import { contentOf } from "./identity.ts";
import { toOutcome } from "./outcome.ts";
import { Pass } from "./pass.ts";
import { RenderStep } from "./render-step.ts";
import type { Run, WorkflowScope } from "./run.ts";
import { outerOf } from "./scope.ts";
import { suspend } from "./suspend.ts";
import { thenInRender } from "./then-in-render.ts";

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
  readonly nested = new RareSet<string>();
  bumpBody: (() => void) | null = null;
  bumpNested: (() => void) | null = null;
  readonly #run: Run;
  readonly #call: StepCall;
  readonly #slots: BodySlots;
  readonly #combined = new RareMap<string, Combined>();
  /** Those that may be undecided. */
  readonly #races = new RareSet<Combined>();
  readonly #retained = new Set<StepCall>();
  #lastPass: Pass | null = null;
  #mounted = false;
  /** A pass that ran to its end was committed. */
  #wasCommitted = false;
  #props: { readonly value: unknown } | null = null;

  readonly #startsAt: number;
  /** For the tree of what an async body has called: it is not mounted where its caller is. */
  readonly provided: ContextValues;

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
    this.#slots = new BodySlots(run, this);
    this.#startsAt = call.startsAt();
    this.provided = call.scope.contexts ?? NO_CONTEXTS;
    this.id = call.id;
    this.label = call.label;
    this.inComponent = call.scope.inComponent;
    this.outer = outerOf(call.scope);
  }

  get limits(): readonly Limit[] {
    return this.#call.limits;
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
    this.#refusePrerender();
    const { definition } = this.#call;
    this.#props ??= { value: decodeInput(definition, this.#call.readyProps()) };
    const pass = new Pass(this.#startsAt, this.#slots);
    this.#lastPass = pass;
    this.#run.renderedBodies.add(this);
    const outer = executing;
    executing = { scope: this, pass };
    let returned: unknown;
    try {
      const step = new RenderStep(this.#call, this.#run.options, this.#slots, pass);
      returned = definition.body?.(this.#props.value as never, step);
    } catch (thrown) {
      throw checkThrown(thrown, this.label);
    } finally {
      executing = outer;
    }
    checkReturned(returned, this.label, pass.blockedOn?.status === "pending");
    const onCommit = (): void => {
      this.#wasCommitted = true;
      pass.complete = true;
      this.#run.renderedBodies.add(this);
    };
    return { tree: toTree(returned), onCommit };
  }

  /**
   * When the process is idle React renders again what is suspended. A body that waits for the same as before, and that has
   * no state of its own as it was never mounted, would come as far as before: it is not executed for that.
   */
  #refusePrerender(): void {
    const blockedOn = this.#lastPass?.blockedOn;
    if (isReactWorking() || this.#wasCommitted || !blockedOn || isReadyValue(blockedOn)) return;
    suspend();
  }

  /** `.run` in the body. */
  call(pass: Pass, definition: Definition, props: object, options: CallOptions | undefined): StepCall {
    return this.#slots.call(pass, definition, props, options);
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

  holds(call: StepCall): boolean {
    return this.#lastPass?.has(call) ?? false;
  }

  commitPass(): void {
    const pass = this.#lastPass;
    if (pass === null || !this.#mounted) return;
    pass.forEach((call) => {
      if (pass.isReleased(call)) return;
      if (call.status === "pending" && !call.dead && !this.#retained.has(call)) {
        this.#retained.add(call);
        this.#run.retain(call);
      }
      this.#run.claims.noteBodyCall(call);
    });
    for (const call of this.#retained) {
      const passed = pass.complete || call.slot < pass.made;
      const isDropped = pass.isReleased(call) || (passed && !pass.has(call));
      if (call.status !== "pending" || call.dead || isDropped) this.#letGo(call);
    }
  }

  #letGo(call: StepCall): void {
    this.#retained.delete(call);
    this.#run.release(call);
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
    const { key, twin, keys, limits } = slot;
    const call = callFor(this.#run, {
      definition,
      props,
      scope: this,
      key,
      keys,
      content,
      contexts,
      occurrence: twin,
      limits,
    });
    // A <Limit> around it may have come, gone or changed since.
    call.limits = limits;
    return call;
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
    // Of a `Fallback`, what it has tried before has failed, too.
    for (const id of failedSteps(error)) clearFailureOf(this.#run, id);
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
