/**
 * A call: a pending result with an identity.
 *
 * 1. `retains` counts who asks for it: mounted elements, committed passes, async bodies, and calls that have it as a
 *    prop. A call is asked for while it is retained, never because it was made during a pass.
 * 2. It settles once. A call that was cleared by a new attempt is `dead`, and another one takes its id.
 */
import { CALL } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import { type Limit, NO_LIMITS } from "../authoring/limit.ts";
import type { HostNode } from "../reconciler/host-node.ts";
import type { StepHandle } from "../elements/place.ts";
import { Combined } from "./combined.ts";
import { NO_CONTEXTS, type ContextValues } from "./contexts.ts";
import type { Execution } from "./execution.ts";
import { pendingProps } from "./identity.ts";
import type { Applied, ResultEntry } from "./journal-entry.ts";
import { isPendingValue, type PendingValue } from "./pending-value.ts";
import { quiet } from "./quiet.ts";
import { refuseThen, type Scope, type RenderBody } from "./scope.ts";

/** Where a call was made, beside its scope. */
export interface CallOrigin {
  readonly key: string | undefined;
  readonly keys: string;
  readonly content: string;
  readonly contexts: ContextValues;
  readonly calledAt: number;
}

const NOWHERE: CallOrigin = { key: undefined, keys: "", content: "", contexts: NO_CONTEXTS, calledAt: 0 };

export class StepCall implements StepHandle, PendingValue {
  readonly [CALL] = true as const;
  readonly id: string;
  readonly definition: Definition;
  readonly props: object;
  /** The scope it was called in. */
  readonly scope: Scope;
  readonly key: string | undefined;
  readonly keys: string;
  /** Its props, and the contexts it declares, as identity saw them. */
  readonly content: string;
  /** What the contexts that it declares were where it was called. */
  readonly contexts: ContextValues;
  /** What `now()` was where it was called. */
  readonly calledAt: number;
  /** Of every `<Limit>` around it; no part of its identity. */
  limits: readonly Limit[] = NO_LIMITS;

  status: "pending" | "fulfilled" | "rejected" = "pending";
  value: unknown = undefined;
  reason: unknown = undefined;
  /** Number of the turn it settled in: who was first. */
  order = -1;
  entry: Applied<ResultEntry> | null = null;

  retains = 0;
  dead = false;
  /** Its result is being written by its own scope. */
  finishing = false;
  /** When it was first asked for: the time of the entry that made it so. */
  askedAt = -1;
  /** When it was first asked for with its props there: as above; and in which execution, or asked for until then. */
  readyAt = -1;
  readyInExecution = 0;
  askedOrder = 0;
  /** Asked for while the journal was being applied: an earlier owner may have started it. */
  held = false;
  /** `step.started` was said or written in this execution. */
  announced = false;

  execution: Execution | null = null;
  /** The pending values among its props. */
  readonly #pendingProps: readonly unknown[] | null;
  /** The calls its props wait for. */
  dependencies: readonly StepCall[] | null;
  dependents: Set<StepCall> | null = null;

  /** Mounted elements to re-render. */
  elements: Set<() => void> | null = null;
  /** Render bodies that hold it. */
  bodies: Set<RenderBody> | null = null;
  node: HostNode | null = null;
  /** Absolute place in tree order, known once it has started. */
  place: readonly number[] = [];
  /** Slot in a render body, or order in an async one; -1 for an element. */
  slot = -1;

  #promise: Promise<unknown> | null = null;
  #settle: { resolve(value: unknown): void; reject(reason: unknown): void } | null = null;
  /** What its caller, which goes on without it, is told if it awaits it all the same. */
  #lost: { readonly reason: unknown } | null = null;

  constructor(
    id: string,
    definition: Definition,
    props: object,
    scope: Scope,
    { key, keys, content, contexts, calledAt }: CallOrigin = NOWHERE,
  ) {
    this.id = id;
    this.definition = definition;
    this.props = props;
    this.scope = scope;
    this.key = key;
    this.keys = keys;
    this.content = content;
    this.contexts = contexts;
    this.calledAt = calledAt;
    this.#pendingProps = pendingProps(props);
    // A race may be decided already: what has lost it is not asked for again.
    for (const value of this.#pendingProps ?? []) settled(value);
    this.dependencies = this.#pendingProps === null ? null : callsAmong(this.#pendingProps);
  }

  get identity(): string {
    return this.id;
  }

  get label(): string {
    return this.key === undefined ? this.definition.name : `${this.definition.name} (key ${this.key})`;
  }

  /** Runs as a step of its own; workflows are scopes that React or an async body executes. */
  get isLeaf(): boolean {
    return this.definition.kind !== "workflow";
  }

  /** A promise to async code. A render body is called back by nobody: there it is refused. */
  then(
    onFulfilled?: ((value: never) => unknown) | null,
    onRejected?: ((reason: unknown) => unknown) | null,
  ): unknown {
    if (!this.scope.isAsync) return refuseThen(this.scope);
    const told = this.promise().then(onFulfilled as never, onRejected);
    // What a handler throws is the author's to hear of.
    return onRejected ? told : quiet(told);
  }

  catch(onRejected?: ((reason: unknown) => unknown) | null): unknown {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): unknown {
    if (!this.scope.isAsync) return refuseThen(this.scope);
    return quiet(this.promise().finally(onFinally));
  }

  promise(): Promise<unknown> {
    if (this.#lost !== null && this.status === "pending")
      return quiet(Promise.reject(this.#lost.reason as Error));
    this.#promise ??= quiet(
      this.status === "fulfilled"
        ? Promise.resolve(this.value)
        : this.status === "rejected"
          ? Promise.reject(this.reason as Error)
          : new Promise((resolve, reject) => (this.#settle = { resolve, reject })),
    );
    return this.#promise;
  }

  /** Tells async code that waits. */
  tell(): void {
    const settle = this.#settle;
    if (settle === null || this.status === "pending") return;
    this.#settle = null;
    if (this.status === "fulfilled") settle.resolve(this.value);
    else settle.reject(this.reason);
  }

  /** Rejects async code that waits for a call nobody will finish. True if any was waiting. */
  abandon(reason: unknown): boolean {
    const settle = this.#settle;
    if (settle === null) return false;
    this.#settle = null;
    // Who awaits it from now on is told of its result.
    this.#promise = null;
    settle.reject(reason);
    return true;
  }

  /** What `now()` begins with in its body: what its caller knew, and when its props were there. */
  startsAt(): number {
    return Math.max(this.calledAt, ...(this.dependencies ?? []).map(({ entry }) => entry?.at ?? 0));
  }

  /** Its caller goes on without it, for good: who awaits it is told so. */
  lose(reason: unknown): void {
    this.#lost = { reason };
    this.abandon(reason);
  }

  hasReadyProps(): boolean {
    if (this.#pendingProps === null) return true;
    return this.#pendingProps.every((value) => isReadyProp(value) && settled(value).status === "fulfilled");
  }

  /** The pending value among its props that has failed. */
  failedProp(): PendingValue | null {
    for (const value of this.#pendingProps ?? []) {
      const state = settled(value);
      if (state.status === "rejected") return state;
    }
    return null;
  }

  /** Props with every pending value replaced by its result. */
  readyProps(): object {
    if (this.#pendingProps === null) return this.props;
    return Object.fromEntries(
      Object.entries(this.props).map(([name, value]) => [
        name,
        isPendingValue(value) ? settled(value).value : value,
      ]),
    );
  }

  /** Its props are there: it goes on without what a race among them has left behind. Returns what it waited for. */
  dropLosers(): readonly StepCall[] | null {
    const before = this.dependencies;
    if (before === null) return null;
    const left = callsAmong(this.#pendingProps ?? []);
    if (left.length === before.length) return null;
    this.dependencies = left;
    return before;
  }
}

function isReadyProp(value: unknown): boolean {
  return value instanceof Combined ? value.isReady() : true;
}

function settled(value: unknown): PendingValue {
  if (value instanceof Combined) value.settle();
  return value as PendingValue;
}

/** The calls behind pending values, but for those that lost a race. */
export function callsAmong(values: readonly unknown[]): readonly StepCall[] {
  const found: StepCall[] = [];
  const add = (value: unknown): void => {
    if (value instanceof StepCall) found.push(value);
    else if (value instanceof Combined) for (const member of value.asked()) add(member);
  };
  for (const value of values) add(value);
  return found;
}
