/**
 * A call: a pending result with an identity.
 *
 * 1. `retains` counts who asks for it: mounted elements, committed passes, async bodies, and calls that have it as a
 *    prop. A call is asked for while it is retained, never because it was made during a pass.
 * 2. It settles once. A call that was cleared by a new attempt is `dead`, and another one takes its id.
 */
import { CALL } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import type { HostNode } from "../reconciler/host-node.ts";
import type { StepHandle } from "../elements/place.ts";
import { Combined } from "./combined.ts";
import type { Execution } from "./execution.ts";
import { pendingProps } from "./identity.ts";
import type { Applied, ResultEntry } from "./journal-entry.ts";
import type { PendingValue } from "./pending-value.ts";
import { quiet } from "./quiet.ts";
import type { Scope, RenderBody } from "./scope.ts";

export class StepCall implements StepHandle, PendingValue {
  readonly [CALL] = true as const;
  readonly id: string;
  readonly definition: Definition;
  readonly props: object;
  /** The scope it was called in. */
  readonly scope: Scope;
  readonly key: string | undefined;
  readonly keys: string;
  /** Its props as identity saw them. */
  readonly content: string;

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
  askedInExecution = 0;
  askedOrder = 0;
  /** Asked for while the journal was being applied: an earlier owner may have started it. */
  held = false;
  /** `step.started` was said or written in this execution. */
  announced = false;

  execution: Execution | null = null;
  readonly dependencies: readonly StepCall[] | null;
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

  constructor(
    id: string,
    definition: Definition,
    props: object,
    scope: Scope,
    key: string | undefined,
    keys: string,
    content: string,
  ) {
    this.id = id;
    this.definition = definition;
    this.props = props;
    this.scope = scope;
    this.key = key;
    this.keys = keys;
    this.content = content;
    this.dependencies = dependenciesOf(props);
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

  /** A promise to async code. To a render body it is a thenable that never calls back: a bump re-renders the body. */
  then(
    onFulfilled?: ((value: never) => unknown) | null,
    onRejected?: ((reason: unknown) => unknown) | null,
  ): unknown {
    if (!this.scope.isAsync) return this.#thenInRender(onFulfilled, onRejected);
    const told = this.promise().then(onFulfilled as never, onRejected);
    // What a handler throws is the author's to hear of.
    return onRejected ? told : quiet(told);
  }

  catch(onRejected?: ((reason: unknown) => unknown) | null): unknown {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): unknown {
    return quiet(this.promise().finally(onFinally));
  }

  promise(): Promise<unknown> {
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

  hasReadyProps(): boolean {
    return this.dependencies === null || this.dependencies.every((call) => call.status === "fulfilled");
  }

  /** Props with every pending value replaced by its result. */
  readyProps(): object {
    if (this.dependencies === null) return this.props;
    return Object.fromEntries(Object.entries(this.props).map(([name, value]) => [name, readyValue(value)]));
  }

  #thenInRender(onFulfilled: unknown, onRejected: unknown): void {
    const tell =
      this.status === "fulfilled" ? onFulfilled : this.status === "rejected" ? onRejected : undefined;
    if (typeof tell !== "function") return;
    queueMicrotask(() => tell(this.status === "fulfilled" ? this.value : this.reason) as void);
  }
}

function readyValue(value: unknown): unknown {
  if (value instanceof StepCall) return value.value;
  return value instanceof Combined ? value.currentValue() : value;
}

function dependenciesOf(props: object): readonly StepCall[] | null {
  const pending = pendingProps(props);
  if (pending === null) return null;
  const found: StepCall[] = [];
  const add = (value: unknown): void => {
    if (value instanceof StepCall) found.push(value);
    else if (value instanceof Combined) for (const member of value.members) add(member);
  };
  for (const value of pending) add(value);
  return found;
}
