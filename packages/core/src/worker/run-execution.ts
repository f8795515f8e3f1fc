/**
 * One claimed run on this worker: from its claim to the moment it ends, waits in the store, is handed over or is lost.
 */
import type { Definition } from "../authoring/definition.ts";
import { executeRun, type Activity, type ExecutingRun } from "../engine/execute-run.ts";
import type { EndedRun } from "../engine/replay-run.ts";
import { failedSteps } from "../engine/failed-steps.ts";
import type { Applied, JournalEntry } from "../engine/journal-entry.ts";
import type { IdleRun, RunEnd, RunOptions } from "../engine/run.ts";
import { AlderError } from "../errors/alder-error.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { Clock } from "../internal/clock.ts";
import type { EventBody, RunEvent } from "../protocol/events.ts";
import type { BlockedView, EndStatus } from "../protocol/run-view.ts";
import type { Claim, Store } from "../store/store.ts";
import { ALONE_AFTER } from "../store/tables.ts";
import { JournalKeeper } from "./journal-keeper.ts";
import type { LimitKeeper, RunPermits } from "./limit-keeper.ts";
import type { PastRuns } from "./past-runs.ts";
import { RunWriter } from "./run-writer.ts";

export interface RunExecutionOptions {
  readonly store: Store;
  readonly claim: Claim;
  readonly workflow: Definition;
  readonly clock: Clock;
  /** For backoffs: between 0 and 1. */
  readonly random: () => number;
  /** What estimates rest on; none are made where absent. */
  readonly pastRuns?: PastRuns;
  readonly strict: boolean;
  readonly maxValueLength: number;
  readonly cancelGraceMs: number;
  readonly onDivergence: "block" | "rerun";
  /** What the next step waits for; undefined while nobody else can have the run (E8). */
  readonly admit?: RunOptions["admit"];
  /** Where its steps get their permits; where absent, nothing is limited. */
  readonly limits?: LimitKeeper | undefined;
  /** Where steps find values that other runs have made. */
  readonly cache?: RunOptions["cache"];
  /** How long a run that only waits stays in memory. */
  readonly parkAfterMs: number;
  /** What stands in for a definition: a test's mock. */
  readonly substitute?: RunOptions["substitute"];
  readonly onEvents?: ((events: readonly RunEvent[]) => void) | undefined;
  readonly onStoreError: (error: unknown) => void;
  /** The run's failure is in the store, written by this worker. */
  readonly onFailed?: ((error: unknown) => void) | undefined;
  /** Told of a run that has come to its end here, for a replay. Its journal is kept only if this is given. */
  readonly onEnded?: ((ended: EndedRun) => void) | undefined;
  /** The run was stopped, as the store had lost what it had acknowledged. */
  readonly onForgotten?: () => void;
  /** The run is no longer on this worker. */
  readonly onGone: () => void;
}

/** A run that goes on sooner stays in memory: a look at the timers, and a replay, take about as long. */
const WORTH_PARKING_MS = 2000;
const LOOK_AFTER_MS = 20;
/** Most runs are over by then: to watch one is to ask the store twice. One that waits for a signal is watched at once. */
const WATCH_AFTER_MS = 500;
/**
 * After this many owners lost in a row without progress, the run is given up (E8). Of the last three it was all they did:
 * one may be lost by chance, where workers die often, but not one after the other.
 */
const MAX_RECOVERIES = ALONE_AFTER + 3;

export class RunExecution {
  /** Without the claim: the run's journal is not kept twice, nor longer than the run. */
  readonly #options: Omit<RunExecutionOptions, "claim">;
  readonly runId: string;
  readonly #writer: RunWriter;
  readonly #permits: RunPermits | undefined;
  /** Resolves once the run is no longer here. */
  readonly #whenGone: Promise<void>;
  #run: ExecutingRun | null = null;
  #signalsSeen: number;
  #cancelSeen = false;
  #gone = false;
  #handedOver: Promise<void> | undefined;
  #stopWaiting: () => void = () => {};
  #onDrained: () => void = () => {};
  #resolveGone: () => void = () => {};
  #unwatch: (() => void) | undefined;
  #watching: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor({ claim, ...options }: RunExecutionOptions) {
    this.#options = options;
    this.runId = claim.token.runId;
    this.#whenGone = new Promise((resolve) => (this.#resolveGone = resolve));
    this.#signalsSeen = claim.signals.at(-1)?.index ?? 0;
    this.#permits = options.limits?.forRun(this.runId, claim.tenant ?? "");
    this.#writer = new RunWriter({
      store: options.store,
      token: claim.token,
      tail: claim.tail,
      onLost: (reason) => {
        this.stop();
        if (reason === "gap") options.onForgotten?.();
      },
      onRefused: (error) => void this.#abandon(error),
      onStoreError: options.onStoreError,
      onWritten: options.onEvents,
    });
  }

  /** `claim`: the one it was made for. */
  start(claim: Claim): void {
    try {
      this.#start(claim);
    } catch (error) {
      void this.#fail(error);
    }
  }

  #start(claim: Claim): void {
    const { workflow, clock, strict, maxValueLength, cancelGraceMs, onDivergence } = this.#options;
    const { random, substitute, admit, cache, onEnded } = this.#options;
    if (claim.cancelRequested) return void this.#finish("cancelled", { type: "run.cancelled" });
    if (claim.recoveries >= MAX_RECOVERIES) return void this.#fail(crashLoop(claim));
    this.#watching = setTimeout(() => this.#watch(), WATCH_AFTER_MS);
    const journal = claim.journal.map(({ seq, at, entry }) => ({ ...(entry as object), seq, at }) as Applied);
    const { tenant, input, salt, createdAt, signals } = claim;
    const options = { strict, maxValueLength, substitute };
    const given = { runId: this.runId, workflow, tenant, input, salt, createdAt, ...options };
    const keeper = onEnded === undefined ? null : new JournalKeeper(this.#writer, journal);
    this.#run = executeRun({
      ...given,
      journal,
      signals,
      outlet: keeper ?? this.#writer,
      clock,
      random,
      admit,
      permits: this.#permits,
      cache,
      cancelGraceMs,
      onDivergence,
      listener: {
        onEnd: (end) => {
          void this.#end(end);
          const kept = keeper?.journal;
          if (kept) onEnded?.({ ...given, journal: kept, end });
        },
        onIdle: (idle) => this.#waitFor(idle),
        onDrained: () => this.#onDrained(),
        onBlocked: (blocked) => void this.#block(blocked),
      },
    });
    // It goes on meanwhile: an estimate is nothing to wait for.
    this.#options.pastRuns
      ?.of(workflow.name)
      .then((past) => this.#run?.know(past), this.#options.onStoreError);
  }

  /** Moves, or executes something that does not wait for the run itself. */
  activity(): Activity {
    if (this.#gone) return "still";
    if (this.#isEnding || !this.#writer.isIdle) return "moving";
    return this.#run?.activity() ?? "moving";
  }

  /** What a heartbeat says of this run. */
  async heard(signals: number, cancelRequested: boolean): Promise<void> {
    if (cancelRequested && !this.#cancelSeen) {
      this.#cancelSeen = true;
      this.#run?.cancel();
    }
    if (signals > this.#signalsSeen) await this.#fetchSignals();
  }

  /** Lets steps that are under way end, within the grace time; parks a run that only waits, and hands any other over. */
  handOver(graceMs: number): Promise<void> {
    return (this.#handedOver ??= this.#handOver(graceMs));
  }

  async #handOver(graceMs: number): Promise<void> {
    if (this.#gone || this.#isEnding) return this.#whenGone;
    this.#stopWaiting();
    // Asked before it drains: a run that is drained looks idle beside steps that were not started any more.
    const idle = this.#run?.idle() ?? null;
    if (idle !== null && this.#isWorthParking(idle, 0)) await this.#parkIdle(idle);
    if (this.#gone || this.#isEnding) return this.#whenGone;
    await this.#drain(graceMs);
    if (this.#gone || this.#isEnding) return this.#whenGone;
    this.#run?.stop();
    await this.#writer.handOver({
      type: "run.queued",
      workflow: this.#options.workflow.name,
      reason: "handed_over",
    });
    this.#leave();
  }

  /** The run is somebody else's: stops at once. */
  stop(): void {
    this.#writer.close();
    this.#run?.stop();
    this.#leave();
  }

  /** Lets the steps that are under way end, for a while. */
  async #drain(graceMs: number): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
      run.drain();
    });
  }

  // ---- its end

  async #end(end: RunEnd): Promise<void> {
    if (end.status === "completed")
      await this.#finish("completed", { type: "run.completed", output: end.output });
    else if (end.status === "cancelled") await this.#finish("cancelled", { type: "run.cancelled" });
    else {
      const from = failedSteps(end.error);
      await this.#fail(end.error, { t: "failed", ...(from.length === 0 ? {} : { from }) });
    }
  }

  async #fail(error: unknown, entry?: JournalEntry): Promise<void> {
    const ended = await this.#finish("failed", { type: "run.failed", error: toErrorData(error) }, entry);
    // A cancel may have come first, or another owner.
    if (ended === "failed") this.#options.onFailed?.(error);
  }

  /** What the run has ended as; undefined where it was lost before. */
  async #finish(status: EndStatus, event: EventBody, entry?: JournalEntry): Promise<EndStatus | undefined> {
    this.#isEnding = true;
    this.#stopWaiting();
    const times = status === "completed" ? this.#run?.times() : undefined;
    const ended = await this.#writer.finish(status, event, entry, times);
    if (times !== undefined) this.#options.pastRuns?.add(this.#options.workflow.name, times);
    this.#leave();
    return ended;
  }

  async #block(blocked: BlockedView): Promise<void> {
    this.#isEnding = true;
    this.#stopWaiting();
    await this.#writer.block({ type: "run.blocked", ...blocked });
    this.#leave();
  }

  /** The store refuses what the run has written: it ends here, with what the store said. */
  async #abandon(error: unknown): Promise<void> {
    this.#isEnding = true;
    this.#options.onStoreError(error);
    this.#run?.stop();
    try {
      const { outcome } = await this.#writer.abandon({ type: "run.failed", error: toErrorData(error) });
      if (outcome === "written") this.#options.onFailed?.(error);
    } catch {
      // Its lease will expire; nothing more can be said of it from here.
    }
    this.#leave();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#stopWaiting();
    this.#unwatch?.();
    clearTimeout(this.#watching);
    clearTimeout(this.#looking);
    this.#onDrained();
    this.#resolveGone();
    this.#options.onGone();
  }

  // ---- waiting

  #waitFor(idle: IdleRun): void {
    this.#stopWaiting();
    if (this.#gone) return;
    if (idle.signals.length > 0) this.#watch();
    const { clock, parkAfterMs } = this.#options;
    if (parkAfterMs > 0 && !this.#isWorthParking(idle, parkAfterMs)) return;
    const timer = clock.setTimeout(() => void this.#park(), parkAfterMs);
    this.#stopWaiting = () => {
      this.#stopWaiting = () => {};
      clock.clearTimeout(timer);
    };
  }

  async #park(): Promise<void> {
    this.#stopWaiting();
    const idle = this.#run?.idle() ?? null;
    if (idle === null || this.#gone) return; // it moved, and will say so when it is idle again
    const outcome = await this.#parkIdle(idle);
    if (outcome !== undefined) {
      if (outcome === "news") await this.#fetchNews();
      this.#waitFor(idle);
    }
  }

  /** A timer that is due soon is not worth a replay of the journal. */
  #isWorthParking({ wakeAt }: IdleRun, afterMs: number): boolean {
    return wakeAt === null || wakeAt - this.#options.clock.now() >= afterMs + WORTH_PARKING_MS;
  }

  /** Undefined once the run is no longer here. */
  async #parkIdle(idle: IdleRun): Promise<"news" | "busy" | undefined> {
    const event: EventBody = { type: "run.waiting", until: idle.wakeAt, signals: [...idle.signals] };
    // Its places in lines first: once it is parked, another worker may have it.
    const left = this.#permits?.leave();
    if (left !== undefined) await Promise.race([left, this.#whenGone]);
    const hasMoved = left !== undefined && this.#run?.idle() === null;
    const outcome = hasMoved ? "busy" : await this.#writer.park(event, idle.wakeAt, this.#signalsSeen);
    if (this.#gone) return undefined;
    if (outcome !== "parked") {
      this.#permits?.comeBack();
      return outcome;
    }
    this.#permits?.forget();
    this.#run?.stop();
    this.#leave();
    return undefined;
  }

  async #fetchNews(): Promise<void> {
    await this.#fetchSignals();
    const record = await this.#options.store.readRun(this.runId).catch(this.#options.onStoreError);
    await this.heard(this.#signalsSeen, record?.cancelRequested ?? false);
  }

  /** A signal is seen soon where the store can tell; a heartbeat tells of it, and of a cancel, in any case. */
  #watch(): void {
    if (this.#unwatch !== undefined || this.#gone) return;
    clearTimeout(this.#watching);
    this.#unwatch = this.#options.store.watchRun(this.runId, (news) => {
      if (news !== "events") this.#lookSoon(); // what it has written itself
    });
    // What came before it was watched.
    this.#lookSoon();
  }

  /** The run has changed, perhaps by ourselves: a look for signals, at most one in a while. */
  #lookSoon(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      void this.#fetchSignals();
    }, LOOK_AFTER_MS);
  }

  async #fetchSignals(): Promise<void> {
    if (this.#gone) return;
    try {
      const signals = await this.#options.store.readSignals(this.runId, this.#signalsSeen);
      if (this.#gone || signals.length === 0) return;
      this.#signalsSeen = Math.max(this.#signalsSeen, signals.at(-1)?.index ?? 0);
      this.#run?.addSignals(signals);
    } catch (error) {
      this.#options.onStoreError(error);
    }
  }
}

function crashLoop(claim: Claim): AlderError {
  return new AlderError(
    "crash_loop",
    `run ${claim.token.runId} was lost with its worker ${claim.recoveries} times in a row without getting on, the last three times executed alone: ` +
      `something in workflow ${claim.workflow} ends the process (out of memory, process.exit, an uncaught error in a callback)`,
    { details: { runId: claim.token.runId, workflow: claim.workflow } },
  );
}
