/**
 * The body of a component or of an async workflow: calls are made in body order and awaited.
 *
 * 1. When the body ends, what it called and nobody waits for is cancelled; a cancelled body's awaits reject with
 *    `cancelled` and its later calls with `ended`, so that `finally` runs and a loop that catches all cannot spin (E6).
 * 2. An async workflow moves only when a call of its was delivered: one that calls or ends while nothing was, has
 *    awaited something foreign (E11).
 */
import type { Context } from "react";
import type { CallOptions } from "../authoring/call.ts";
import { defaultOf } from "../authoring/context-default.ts";
import type { Definition } from "../authoring/definition.ts";
import type { Limit } from "../authoring/limit.ts";
import { AlderError } from "../errors/alder-error.ts";
import { StepCall } from "./call.ts";
import { callFor } from "./calls.ts";
import { CANCELLED } from "./cancelled.ts";
import { NO_CONTEXTS, readContexts, type ContextValues } from "./contexts.ts";
import { contentOf } from "./identity.ts";
import { sameInline } from "./inline-step.ts";
import type { Run } from "./run.ts";
import { outerOf, type AsyncBody, type Scope } from "./scope.ts";

/** Calls after the end that are answered at all; a loop beyond that waits for ever and is collected. */
const MAX_LATE_CALLS = 100;

/** What a body has called. */
interface MadeCalls {
  readonly children: Set<StepCall>;
  /** Of these, all that are pending, and some that are not. */
  readonly unsettled: Set<StepCall>;
  readonly occurrences: Map<string, number>;
}

export class AsyncScope implements Scope, AsyncBody {
  readonly isAsync = true;
  readonly id: string;
  readonly label: string;
  readonly inComponent: boolean;
  readonly outer: readonly string[];
  readonly place: readonly number[];
  readonly run: Run;
  /** The body of an async workflow, not of a component. */
  readonly isWorkflow: boolean;
  /** What the contexts that it or its callers declare are. */
  readonly contexts: ContextValues;
  readonly limits: readonly Limit[];
  ended = false;
  /** Most components call nothing. */
  #made: MadeCalls | null = null;
  readonly #keys: string;
  #calls = 0;
  #lateCalls = 0;
  #now: number;
  /** Random values made so far. */
  #values = 0;

  /** `keys`: what tells its calls from others of the same step. */
  constructor(run: Run, call: StepCall, isWorkflow: boolean, keys = "") {
    this.run = run;
    this.#keys = keys;
    this.id = call.id;
    this.label = call.label;
    this.place = call.place;
    this.isWorkflow = isWorkflow;
    this.inComponent = isWorkflow ? call.scope.inComponent : true;
    this.outer = outerOf(call.scope);
    this.limits = call.limits;
    this.#now = call.startsAt();
    const inherited = call.scope.contexts ?? NO_CONTEXTS;
    this.contexts = call.contexts.size === 0 ? inherited : new Map([...inherited, ...call.contexts]);
    if (isWorkflow) run.asyncBodies.add(this);
  }

  /** `.run` in this body. */
  call(definition: Definition, props: object, options: CallOptions | undefined): StepCall {
    this.checkDelivered();
    const key = options?.key === undefined ? undefined : String(options.key);
    if (this.ended) return this.#lateCall(definition);
    const contexts = readContexts(definition, (context) => this.#contextValue(context));
    const content = contentOf(props, definition.name, contexts);
    const countKey = `${definition.name}|${key ?? ""}|${content}`;
    const made = (this.#made ??= { children: new Set(), unsettled: new Set(), occurrences: new Map() });
    const occurrence = made.occurrences.get(countKey) ?? 0;
    made.occurrences.set(countKey, occurrence + 1);
    if (occurrence > 0 && definition.isInline) throw sameInline(definition.name, this.label);
    const request = { definition, props, scope: this, key, keys: this.#keys, content, contexts, occurrence };
    const call = callFor(this.run, request);
    if (call.slot < 0) call.slot = this.#calls;
    this.#calls++;
    if (!made.children.has(call)) {
      made.children.add(call);
      made.unsettled.add(call);
      this.run.retain(call);
    }
    this.run.schedule();
    return call;
  }

  now(): number {
    return this.#now;
  }

  heard(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** For the next random value. */
  seed(): string {
    return `${this.run.options.salt}|${this.id}|${this.#values++}`;
  }

  /** Goes on without these, the losers of a race. */
  letGo(calls: Iterable<StepCall>): void {
    for (const call of calls) {
      if (call.status !== "pending" || !this.#made?.children.delete(call)) continue;
      this.#made.unsettled.delete(call);
      call.lose(CANCELLED);
      this.run.release(call);
      this.run.woke = true;
    }
    this.run.schedule();
  }

  isWaiting(): boolean {
    if (this.#made === null) return false;
    const { unsettled } = this.#made;
    for (const call of unsettled) {
      if (call.status === "pending") return true;
      unsettled.delete(call);
    }
    return false;
  }

  /** Ends the scope; with a reason, what its body still awaits rejects with it. */
  end(reason?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    const made = this.#made;
    // What a body leaves behind, a timer say, keeps its scope reachable: not its results, too.
    this.#made = null;
    for (const call of made?.children ?? []) {
      if (reason !== undefined && call.abandon(reason)) this.run.woke = true;
      this.run.release(call);
    }
    this.run.asyncBodies.delete(this);
    // A component that has called nothing leaves nothing to sweep: its entry is what moves the run.
    if (made !== null || this.isWorkflow) this.run.schedule();
  }

  /**
   * Ends the scope of an attempt that may be repeated. Its steps in flight go on (E7): whoever takes them releases them.
   * A workflow in flight does not: its way depends on failures that the new attempt clears, and what it has finished is
   * kept in any case. With a reason it ends as `end` does.
   */
  hand(reason: unknown): readonly StepCall[] {
    if (this.ended) return [];
    if (reason !== undefined) {
      this.end(reason);
      return [];
    }
    if (this.#made === null) {
      this.end();
      return [];
    }
    const inFlight = [...this.#made.children].filter((call) => call.isLeaf && call.status === "pending");
    for (const call of inFlight) {
      this.run.retain(call);
      call.abandon(CANCELLED);
    }
    this.end();
    return inFlight;
  }

  /** Fails the run if this body is moving while nothing was delivered to it. */
  checkDelivered(): void {
    const { run } = this;
    if (!this.isWorkflow || this.ended || run.phase !== "quiet" || run.inTurn || run.ended) return;
    run.fail(foreignAwait(this.label));
  }

  #contextValue(context: Context<unknown>): unknown {
    return this.contexts.has(context) ? this.contexts.get(context) : defaultOf(context);
  }

  #lateCall(definition: Definition): StepCall {
    const call = new StepCall("", definition, {}, this);
    if (this.#lateCalls++ < MAX_LATE_CALLS) {
      call.status = "rejected";
      call.reason = new AlderError(
        "ended",
        `${definition.name} was called after the end of ${this.label}, which was to run it`,
      );
    }
    return call;
  }
}

export function foreignAwait(label: string): AlderError {
  return new AlderError(
    "foreign_await",
    `the async body of workflow ${label} awaits something that is not a call of a component or workflow, ` +
      `which cannot be resumed: put that work in a component`,
    { details: { workflow: label } },
  );
}
