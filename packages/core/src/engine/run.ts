/**
 * One run being executed: the state that the modules of the engine share. What they do with it is in their files:
 * `calls` makes and keeps calls, `fold` applies entries, `sweep` starts and cancels, `finish` writes results, `turn`
 * puts these in order.
 *
 * 1. A run moves in turns: one entry is applied, one React flush follows, async bodies run until nothing moves, and only
 *    then comes the next (E2).
 * 2. While `recovering`, entries of earlier owners are applied; no step starts and nothing ends until the last was (E2).
 * 3. Nothing here is React's: what is under way outlives every discarded render (E5).
 */
import { RareMap } from "../internal/rare-map.ts";
import { RareSet } from "../internal/rare-set.ts";
import type { Definition } from "../authoring/definition.ts";
import type { Clock } from "../internal/clock.ts";
import type { Json } from "../protocol/json.ts";
import type { BlockedView } from "../protocol/run-view.ts";
import type { StoredSignal } from "../store/store.ts";
import type { RenderScope } from "../elements/place.ts";
import type { HostNode } from "../reconciler/host-node.ts";
import type { ReactRoot } from "../reconciler/react-root.ts";
import { Announcer } from "./announcer.ts";
import type { CacheDesk } from "./cache-desk.ts";
import type { StepCall } from "./call.ts";
import type { Outcome } from "./outcome.ts";
import type { Applied, ResultEntry } from "./journal-entry.ts";
import { Forecast } from "./forecast.ts";
import { Ledger } from "./ledger.ts";
import type { PermitDesk } from "./permit-desk.ts";
import type { Outlet } from "./outlet.ts";
import { RunCache } from "./run-cache.ts";
import { RunTimes } from "./run-times.ts";
import { ElementClaims } from "./same-step.ts";
import type { AsyncBody, NestingScope, RenderBody } from "./scope.ts";
import { Spent } from "./spent.ts";
import { WantedCalls } from "./wanted-calls.ts";
import { EntryWriter } from "./writing.ts";

/** How the execution here ended; the store knows nothing of it yet. */
export type RunEnd =
  | { readonly status: "completed"; readonly output: Json }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "cancelled" };

/** What an idle run waits for: nothing but timers and signals, awaited by workflows. */
export interface IdleRun {
  /** When it goes on by itself, store time; null when only signals are awaited. */
  readonly wakeAt: number | null;
  readonly signals: readonly string[];
}

interface RunListener {
  readonly onEnd: (end: RunEnd) => void;
  /** May be called more than once. */
  readonly onIdle: (idle: IdleRun) => void;
  /** This build would do again what has finished (E4): it has stopped, and what was under way has ended. */
  readonly onBlocked: (blocked: BlockedView) => void;
  /** Draining, and nothing executes any more. */
  readonly onDrained: () => void;
}

export interface RunOptions {
  readonly runId: string;
  readonly workflow: Definition;
  /** For whom the run was started; null for nobody in particular. */
  readonly tenant: string | null;
  /** What the caller gave, not yet decoded. */
  readonly input: Json;
  readonly salt: string;
  /** When the run was made, store time. */
  readonly createdAt: number;
  /** The journal so far. */
  readonly journal: readonly Applied[];
  readonly signals: readonly StoredSignal[];
  readonly outlet: Outlet;
  /** Tells store time. */
  readonly clock: Clock;
  readonly random: () => number;
  readonly strict: boolean;
  /** Longest value a step may return, in UTF-16 code units of its JSON. */
  readonly maxValueLength: number;
  /** What the next attempt of a step waits for; undefined while the run is surely its executor's own (E8). */
  readonly admit?: (() => Promise<void> | undefined) | undefined;
  /** Where attempts get the permits of their limits; where absent, nothing is limited. */
  readonly permits?: PermitDesk | undefined;
  /** Where steps find values that other runs have made; where absent, they share none with those. */
  readonly cache?: CacheDesk | undefined;
  /** How long what is under way may take to stop once the run is cancelled, in milliseconds. */
  readonly cancelGraceMs: number;
  /** What becomes of a step that would be executed again with other props (E4). */
  readonly onDivergence: "block" | "rerun";
  /** What stands in for a definition where it is called: a test's mock. Name and schemas are to stay. */
  readonly substitute?: ((definition: Definition) => Definition) | undefined;
  readonly listener: RunListener;
}

/** `busy`: an entry is being dealt with; `hop`: async bodies are given the time to move. */
type Phase = "quiet" | "busy" | "hop";

/** The scope of a workflow whose body renders. */
export type WorkflowScope = RenderScope &
  NestingScope &
  RenderBody & {
    isOf(call: StepCall): boolean;
    /** Its last pass has made or used the call. */
    holds(call: StepCall): boolean;
  };

export const NONE_UNCLAIMED: Run["unclaimed"] = new Map();

export class Run {
  /** Without the journal and the signals as they were given: what is left of them is `queue` and `signals`. */
  readonly options: Omit<RunOptions, "journal" | "signals">;
  readonly ledger = new Ledger();
  claims = new ElementClaims();
  readonly times = new RunTimes();
  readonly forecast: Forecast;
  readonly announcer: Announcer;
  readonly writer: EntryWriter;
  /** The call of the run's own workflow. */
  rootCall!: StepCall;
  rootScope!: NestingScope;
  react!: ReactRoot;

  /** Calls by id, those that a new attempt cleared excepted. */
  readonly calls = new Map<string, StepCall>();
  /** Scopes of mounted or mounting workflows: they outlive discarded renders. */
  readonly renderScopes = new Map<string, WorkflowScope>();

  // ---- to be done in this turn
  /** Calls whose retains changed or whose props have become ready. */
  readonly touched = new Set<StepCall>();
  readonly dirtyBodies = new Set<RenderBody>();
  readonly dirtyNesting = new RareSet<NestingScope>();
  readonly elementBumps = new Set<() => void>();
  readonly renderedBodies = new Set<RenderBody>();
  /** Elements to re-render once what is no longer asked for has been cancelled. */
  readonly afterSweep = new RareSet<() => void>();
  /** Scopes that are done but for a `React.Suspense` inside. */
  readonly toRecheck = new RareSet<HostNode>();
  /** Fallbacks to show once the structure has come to rest. */
  readonly toShowPending = new RareSet<HostNode>();
  reactDirty = false;

  // ---- under way
  readonly executing = new Set<StepCall>();
  /** Timers and signals asked for. */
  readonly waits = new RareSet<StepCall>();
  /** Ids of steps whose result is being written. */
  readonly writing = new Set<string>();
  readonly asyncBodies = new RareSet<AsyncBody>();
  /** Calls whose result is pooled. */
  readonly wanted = new WantedCalls(this.ledger);
  /** Ends that were reached while recovering. */
  readonly deferredEnds = new RareMap<StepCall, Outcome>();
  /** Ids of steps that were asked for while recovering. */
  readonly asked = new RareSet<string>();
  readonly signals: StoredSignal[];
  /** Indexes of signals that were consumed or refused. */
  readonly usedSignals = new RareSet<number>();
  /** Names of signals whose consumption is being written, by step. */
  readonly signalsInFlight = new RareMap<string, string>();

  // ---- what another build has done (E4)
  /** Found when the journal was applied. */
  unclaimed: ReadonlyMap<string, readonly Applied<ResultEntry>[]> = NONE_UNCLAIMED;
  /** Ids of steps that are executed with other props than before. */
  readonly rerun = new RareSet<string>();
  blocked: BlockedView | null = null;

  // ---- retries of the run (E7)
  /** How often the journal that is yet to be applied says that the run was retried: no end before is real. */
  retriesLeft: number;
  /** The steps whose failures have failed the run. */
  failedFrom: readonly string[] = [];
  /** The tree was given up while the journal is applied, with this error. */
  broken: { readonly error: unknown } | null = null;
  /** What steps have used, by the workflow that has a budget. */
  readonly spent = new Spent();
  /** The run has used too much while the journal is applied. */
  overBudget: Error | null = null;
  /** The owner that starts what is asked for from now on, if it is not a later one. */
  firstExecution = 1;

  // ---- where it is
  readonly queue: Applied[];
  queueHead = 0;
  phase: Phase = "quiet";
  /** In the synchronous part of a turn. */
  inTurn = false;
  recovering = true;
  draining = false;
  booted = false;
  ended = false;
  failing = false;
  /** Cancelled, and waiting for what was under way to stop: nothing moves any more. */
  stopping = false;
  /** The end that this turn has reached. */
  reached: RunEnd | null = null;
  probing = false;
  scheduled = false;
  /** An async body was told something, or made a call. */
  woke = false;
  turn = 0;
  /** Sequence number of the entry being applied. */
  turnSeq = 0;
  /** Store time of the newest entry applied. */
  now: number;
  /** How many owners there have been, up to the entry being applied. */
  execution = 0;
  #asks = 0;
  #cache: RunCache | null = null;
  /** Puts the run into the process's loop. */
  enqueue: () => void = () => {};

  constructor({ journal, signals, ...options }: RunOptions) {
    this.options = options;
    this.now = options.createdAt;
    this.signals = [...signals];
    this.queue = journal.filter((entry) => entry.t !== "said");
    this.retriesLeft = journal.filter((entry) => entry.t === "retried").length;
    this.announcer = new Announcer(options.outlet, journal, (event, said) => this.writer.write(event, said));
    this.forecast = new Forecast({
      times: this.times,
      clock: options.clock,
      expectMs: options.workflow.policies.expectMs,
      say: (event) => this.announcer.emit(event),
    });
    this.writer = new EntryWriter(options.outlet, (entry) => {
      if (this.ended) return;
      this.queue.push(entry);
      if (this.phase === "quiet") this.schedule();
    });
  }

  /** What equal steps of this run share. */
  get cache(): RunCache {
    return (this.#cache ??= new RunCache(this.options.clock));
  }

  schedule(): void {
    if (this.scheduled || this.ended || this.stopping) return;
    this.scheduled = true;
    this.enqueue();
  }

  retain(call: StepCall): void {
    if (call.retains++ === 0) for (const dependency of call.dependencies ?? []) this.retain(dependency);
    this.touched.add(call);
  }

  release(call: StepCall): void {
    if (--call.retains === 0) for (const dependency of call.dependencies ?? []) this.release(dependency);
    this.touched.add(call);
  }

  /** The call is asked for from now on. */
  noteAsked(call: StepCall): void {
    if (call.askedAt >= 0) return;
    if (this.recovering) this.asked.add(call.id);
    call.askedAt = this.now;
    call.askedOrder = ++this.#asks;
    call.readyInExecution = this.#owner;
  }

  /** It is asked for, and its props are there. */
  noteReady(call: StepCall): void {
    if (call.readyAt >= 0) return;
    call.readyAt = this.now;
    call.readyInExecution = this.#owner;
  }

  /** What is met at first sight, before the next claim is applied, is the next owner's. */
  get #owner(): number {
    return Math.max(this.firstExecution, this.execution);
  }

  /** Ends the run's execution with a failure that no boundary may catch. */
  fail(error: unknown): void {
    if (this.ended || this.failing || this.stopping || this.blocked !== null) return;
    this.failing = true;
    // It may come from inside a commit: React must finish that first.
    queueMicrotask(() => {
      if (!this.recovering) this.end({ status: "failed", error });
      else if (!this.ended) this.breakDown(error);
    });
  }

  /** Starts nothing more: when what is under way has ended, the execution here ends, and the run waits for a person. */
  block(blocked: BlockedView): void {
    if (this.ended || this.failing || this.blocked !== null) return;
    this.blocked = blocked;
    this.draining = true;
  }

  /** Nothing is under way any more. */
  stopBlocked(blocked: BlockedView): void {
    if (this.ended) return;
    this.announcer.mute();
    this.ended = true;
    this.teardown();
    this.options.listener.onBlocked(blocked);
  }

  end(end: RunEnd): void {
    if (this.ended) return;
    this.ended = true;
    this.teardown();
    this.options.listener.onEnd(end);
  }

  /** Lets go of everything: what a step left behind, a timer say, may keep its run reachable. */
  forget(): void {
    this.ledger.clear();
    this.times.clear();
    this.#cache?.clear();
    this.queue.length = 0;
    this.signals.length = 0;
    this.calls.clear();
    this.unclaimed = NONE_UNCLAIMED;
    this.forgetMoves();
  }

  /** Lets go of what is to be done and under way, for a tree that is gone. */
  forgetMoves(): void {
    const underWay = [this.renderScopes, this.touched, this.executing, this.waits, this.deferredEnds];
    const toRender = [this.dirtyBodies, this.dirtyNesting, this.elementBumps, this.renderedBodies];
    const others = [this.afterSweep, this.toRecheck, this.toShowPending, this.asyncBodies, this.wanted];
    for (const collection of [...underWay, ...toRender, ...others]) collection.clear();
    this.reached = null;
    this.woke = false;
  }

  /** Set by the module that knows how to stop everything. */
  teardown: () => void = () => {};
  /** Set by the module that knows how to give the tree up. */
  breakDown: (error: unknown) => void = () => {};
}
