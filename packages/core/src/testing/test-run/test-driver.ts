/**
 * Drives one run through the memory store and what a worker executes runs with, without a worker's timers: nothing
 * happens but in the turns taken here.
 *
 * 1. One thing at a time: what the test asks for is done in the order it was asked for.
 * 2. The clock stands still while anything moves, and while a component does something of its own.
 * 3. A run that only waits is parked at once, so that every wait is survived as in production.
 */
import { createStoreClient } from "../../client/create-store-client.ts";
import { toManifest } from "../../authoring/to-manifest.ts";
import type { Definition } from "../../authoring/definition.ts";
import type { Applied } from "../../engine/journal-entry.ts";
import { AlderError } from "../../errors/alder-error.ts";
import type { Json } from "../../internal/json.ts";
import { START } from "../../protocol/cursor.ts";
import { emptyView, fold } from "../../protocol/fold.ts";
import type { RunEvent } from "../../protocol/events.ts";
import { hasEnded, type RunView } from "../../protocol/run-view.ts";
import { createMemoryStore } from "../../store/memory/create-memory-store.ts";
import type { LimitState } from "../../store/limits.ts";
import type { Claim, Store } from "../../store/store.ts";
import { LimitKeeper } from "../../worker/limit-keeper.ts";
import type { CacheLead } from "../../store/cache.ts";
import { CacheKeeper } from "../../worker/cache-keeper.ts";
import { RunExecution } from "../../worker/run-execution.ts";
import { createManualClock, type ManualClock } from "../manual-clock.ts";
import type { CrashPoints } from "./crash-point.ts";
import { createLifeStore, type LifeStore } from "./life-store.ts";
import { countedBytes } from "./counted-bytes.ts";
import type { StandIns } from "./stand-ins.ts";

export interface TestDriverOptions {
  readonly workflow: Definition;
  readonly input: Json;
  readonly standIns: StandIns;
  readonly crashes: CrashPoints;
  readonly startAt: number | undefined;
  readonly tenant: string | undefined;
}

/** The process that executes the run now. */
interface Life {
  readonly worker: string;
  readonly store: LifeStore;
  readonly execution: RunExecution;
  readonly cache: CacheKeeper;
}

/** What the run is made of, as its newest owner was given it. */
type RunSecrets = Pick<Claim, "salt" | "createdAt" | "tenant">;

export const MAX_VALUE_LENGTH = 1024 * 1024;
/** No lease runs out, however far the clock is moved. */
const LEASE_MS = 1e13;
/** Turns of the event loop after which a promise that is not ours is not waited for. */
const PATIENT_TURNS = 25;
/** Turns without a write after which a run that moves all the same is given up. */
const RESTLESS_TURNS = 20_000;
const EVENTS_PAGE = 1000;

export class TestDriver {
  readonly clock: ManualClock;
  readonly options: TestDriverOptions;
  readonly journal: Applied[] = [];
  readonly events: RunEvent[] = [];
  view: RunView;
  secrets: RunSecrets | null = null;
  /** Writes to the journal so far, and the end. */
  writes = 0;
  /** What a component does by itself is under way. */
  isExecuting = false;
  readonly #store: Store;
  readonly #client;
  #life: Life | null = null;
  /** Of the newest life: what it had of limits it gives back after its end. */
  #limits: LimitKeeper | null = null;
  #lives = 0;
  #dead: { readonly worker: string; readonly leads: readonly CacheLead[] } | null = null;
  #trouble: { readonly error: unknown } | null = null;
  #last: Promise<unknown>;

  constructor(options: TestDriverOptions) {
    this.options = options;
    this.clock = createManualClock(options.startAt);
    this.#store = createMemoryStore({ clock: this.clock, random: countedBytes() });
    this.#client = createStoreClient(this.#store);
    this.view = emptyView("");
    this.#last = this.#begin();
    // Whoever asks for anything is told.
    this.#last.catch(() => {});
  }

  /** Does this after everything that was asked for before. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => {});
    return result;
  }

  get hasEnded(): boolean {
    return hasEnded(this.view.status);
  }

  /** Lets everything move that moves by itself, without time. */
  async rest(): Promise<void> {
    let quietTurns = 0;
    for (let turns = 0, writes = 0; quietTurns < PATIENT_TURNS; turns++) {
      if (writes !== this.writes) [turns, writes] = [0, this.writes];
      if (turns > RESTLESS_TURNS) throw restless(this);
      await nextTurn();
      this.clock.advance(0);
      if (this.#trouble !== null) throw this.#trouble.error;
      const isMoving = (await this.#goOn()) || this.#limits?.isBusy || this.#life?.cache.isBusy;
      const activity = isMoving ? "moving" : (this.#life?.execution.activity() ?? "still");
      this.isExecuting = activity === "executing";
      quietTurns = activity === "moving" ? 0 : quietTurns + 1;
      if (activity === "still" && quietTurns > 2) break;
    }
    await this.#readOn();
    if (this.options.standIns.unmocked !== null) throw this.options.standIns.unmocked;
  }

  /** When the next timer is due, of the run in memory or in the store; null where none is. */
  nextDueAt(): number | null {
    const parkedUntil = this.#life === null && !this.hasEnded ? this.view.waitingUntil : null;
    const set = this.clock.nextTimerAt();
    return parkedUntil === null || set === null ? (parkedUntil ?? set) : Math.min(parkedUntil, set);
  }

  async moveClockTo(at: number): Promise<void> {
    this.clock.advance(Math.max(0, at - this.clock.now()));
    await this.rest();
  }

  async signal(
    name: string,
    payload: unknown,
    options: { readonly id?: string; readonly input?: string },
  ): Promise<void> {
    await this.#client.signal(this.view.runId, name, payload as Json, options);
    await this.#tell();
  }

  /** Throws what the API would refuse the signal with. */
  async checkReceiver(
    name: string,
    options: { readonly id?: string; readonly input?: string },
  ): Promise<void> {
    await this.#client.receiver(this.view.runId, name, options);
  }

  async cancel(): Promise<void> {
    await this.#client.cancel(this.view.runId);
    await this.#tell();
  }

  async retry(): Promise<void> {
    await this.#client.retry(this.view.runId);
    await this.rest();
  }

  limit(key: string): Promise<LimitState | undefined> {
    return this.#store.readLimit(key);
  }

  async crash(): Promise<void> {
    this.#life?.store.crash();
    await this.rest();
  }

  // ---- the run's lives

  async #begin(): Promise<void> {
    const { workflow, input, tenant } = this.options;
    await this.#store.publishManifests([toManifest(workflow, { queue: workflow.name, build: "test" })]);
    const { run } = await this.#client.start(workflow.name, input, tenant === undefined ? {} : { tenant });
    this.view = emptyView(run.runId);
    await this.#readOn();
  }

  /** Another process takes the run, if there is something to do. True if it did. */
  async #goOn(): Promise<boolean> {
    if (this.#life !== null) return false;
    if (this.#dead !== null) {
      await this.#store.buryWorker(this.#dead.worker);
      // No lease runs out here: what it was making is free at once.
      await this.#store.giveUpLeads(this.#dead.worker, this.#dead.leads);
      this.#dead = null;
    }
    await this.#store.reap();
    const worker = `test ${this.#lives + 1}`;
    const { claims } = await this.#store.claim({
      worker,
      queues: [this.options.workflow.name],
      limit: 1,
      leaseMs: LEASE_MS,
      idle: true,
    });
    for (const claim of claims) this.#live(worker, claim);
    return claims.length > 0;
  }

  #live(worker: string, claim: Claim): void {
    const { workflow, standIns, crashes } = this.options;
    this.#lives++;
    this.secrets = { salt: claim.salt, createdAt: claim.createdAt, tenant: claim.tenant };
    const known = claim.journal.map(({ seq, at, entry }) => ({ ...(entry as object), seq, at }) as Applied);
    this.journal.splice(0, Infinity, ...known);
    const store = createLifeStore({
      store: this.#store,
      onWrite: (entry) => crashes.at(++this.writes, entry),
      onWritten: (entry) => this.journal.push(entry),
      onCrash: () => {
        this.#dead = { worker, leads: cache.drop() };
        execution.stop();
      },
    });
    const onStoreError = (error: unknown): void => void (this.#trouble ??= { error });
    const limits = new LimitKeeper({ store, worker, clock: this.clock, leaseMs: LEASE_MS, onStoreError });
    const cache = new CacheKeeper({ store, worker, clock: this.clock, leaseMs: LEASE_MS, onStoreError });
    const execution = new RunExecution({
      store,
      claim,
      workflow,
      clock: this.clock,
      random: () => 0.5,
      strict: true,
      maxValueLength: MAX_VALUE_LENGTH,
      cancelGraceMs: 5000,
      onDivergence: "block",
      parkAfterMs: 0,
      substitute: standIns.substitute,
      limits,
      cache,
      onStoreError,
      onGone: () => {
        this.#life = null;
        void limits.stop();
      },
    });
    this.#limits = limits;
    this.#life = { worker, store, execution, cache };
    execution.start(claim);
  }

  /** What a heartbeat would say. */
  async #tell(): Promise<void> {
    const { runId } = this.view;
    const [signals, run] = [await this.#store.readSignals(runId, 0), await this.#store.readRun(runId)];
    await this.#life?.execution.heard(signals.length, run?.cancelRequested ?? false);
    await this.rest();
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const page = await this.#store.readEvents(this.view.runId, this.events.at(-1) ?? START, EVENTS_PAGE);
      if (page.outcome !== "events") return;
      for (const event of page.events) this.view = fold(this.view, event);
      this.events.push(...page.events);
      if (page.atTail) return;
    }
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function restless({ view, writes }: TestDriver): AlderError {
  return new AlderError(
    "test_run_restless",
    `the run of workflow "${view.workflow}" does not come to rest: it has written ${writes} entries, and moves without writing more. ` +
      "Look for a state or an effect that renders its workflow again and again",
  );
}
