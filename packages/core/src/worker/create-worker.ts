/**
 * The compute plane: claims runs, executes them, and hands them over when it is stopped.
 *
 * 1. It claims no more than its concurrency, and nothing beside a run that must be executed alone (E8).
 * 2. What it is told by the store, by a timer or by a run that has gone only makes it look again; nothing depends on
 *    being told.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { definitionOf, type Definition } from "../authoring/definition.ts";
import { toManifest } from "../authoring/to-manifest.ts";
import { enterWorker, installEngine } from "../engine/runtime.ts";
import { AlderError } from "../errors/alder-error.ts";
import { checkReact } from "../reconciler/check-react.ts";
import { systemClock, type Clock } from "../internal/clock.ts";
import type { Json } from "../internal/json.ts";
import type { RunEvent } from "../protocol/events.ts";
import type { ReplayDifference } from "../engine/replay-run.ts";
import type { Claim, RunToken, Store } from "../store/store.ts";
import { buryDead } from "./bury-dead.ts";
import { CacheKeeper } from "./cache-keeper.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { LimitKeeper } from "./limit-keeper.ts";
import { ReplayCheck } from "./replay-check.ts";
import { printDifference } from "./print-difference.ts";
import { PastRuns } from "./past-runs.ts";
import { RunExecution } from "./run-execution.ts";

/** A run that has failed. */
export interface FailedRun {
  readonly runId: string;
  readonly workflow: string;
  /** What the caller gave. */
  readonly input: Json;
}

export interface WorkerOptions {
  readonly store: Store;
  /** What `workflow()` returned. */
  readonly workflows: readonly object[];
  /** Runs executed at the same time; 100 unless given. A run that waits is not among them once it is parked. */
  readonly concurrency?: number;
  /** How long a silent worker keeps its runs, in milliseconds; 6,000 unless given. */
  readonly leaseMs?: number;
  /** How often leases are renewed, in milliseconds; a sixth of the lease unless given. */
  readonly heartbeatMs?: number;
  /** How long a run that only waits stays in memory, in milliseconds; 500 unless given. */
  readonly parkAfterMs?: number;
  /** How long steps may go on after `stop`, in milliseconds; 10,000 unless given. */
  readonly graceMs?: number;
  /** How long the steps of a cancelled run may take to stop, in milliseconds; 5,000 unless given. */
  readonly cancelGraceMs?: number;
  /** How long ended runs are kept, in milliseconds; seven days unless given, `Infinity` for ever. */
  readonly retentionMs?: number;
  /** Longest JSON a step may return or say at once, in UTF-16 code units; 1,048,576 unless given. */
  readonly maxValueLength?: number;
  /**
   * What becomes of a run when this code would execute a finished step again, with other props: `"block"` has it wait for
   * a person, or for a worker with other code; `"rerun"` executes the step, and says so in the stream. `"rerun"` in dev,
   * else `"block"`, unless given.
   */
  readonly onDivergence?: "block" | "rerun";
  /**
   * Render twice, to bring impure bodies to light, and replay every run that has ended in the background, to find what
   * would be executed again after a crash; unless `NODE_ENV` is `production`.
   */
  readonly dev?: boolean;
  /** In dev, told of an ended run whose replay leads elsewhere. Prints it, once for each mistake, unless given. */
  readonly onReplayDifference?: (difference: ReplayDifference) => void;
  /** Names this code in manifests; `ALDER_BUILD` or `"dev"` unless given. */
  readonly build?: string;
  /** Told of every event this worker has written. */
  readonly onEvent?: (runId: string, event: RunEvent) => void;
  /**
   * Told of every run that this worker has ended as failed, once that is in the store: for whoever must know of it. The
   * error has the `name`, `message`, `code` and `step` that the stream tells. A worker that dies at that moment tells
   * nobody, so the stream is what counts. What it throws is logged and ends nothing.
   */
  readonly onRunFailed?: (run: FailedRun, error: unknown) => void | Promise<void>;
  /** Told of what goes wrong without ending a run: the store cannot be reached, say. Logs unless given. */
  readonly onError?: (error: unknown) => void;
}

export interface Worker {
  readonly id: string;
  /** Publishes its workflows and begins to claim. Throws where the process cannot execute runs. */
  start(): Promise<void>;
  /** Claims no more, lets steps end within the grace time, hands the rest over. */
  stop(): Promise<void>;
}

const LOOK_AGAIN_MS = 1000;
const RETENTION_MS = 7 * 24 * 3_600_000;
const CLEAN_UP_MS = 3_600_000;
const CLAIM_AT_ONCE = 32;
/** How long replays of ended runs may hold up a stop. */
const REPLAY_GRACE_MS = 250;

/** A worker for these workflows. Throws `bad_workflow` and `duplicate_workflow`. */
export function createWorker(options: WorkerOptions): Worker {
  return new ClaimingWorker(options);
}

class ClaimingWorker implements Worker {
  readonly id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #options: WorkerOptions;
  readonly #workflows: ReadonlyMap<string, Definition>;
  readonly #executions = new Map<string, RunExecution>();
  readonly #concurrency: number;
  readonly #leaseMs: number;
  readonly #dev: boolean;
  readonly #leases: LeaseKeeper;
  #limits: LimitKeeper | undefined;
  /** Only in dev. */
  readonly #replays: ReplayCheck | undefined;
  readonly #pastRuns: PastRuns;
  #cache: CacheKeeper | undefined;
  #clock: Clock = systemClock;
  #state: "new" | "running" | "stopping" = "new";
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #looked: Promise<void> | undefined;
  #lookAgain = false;
  /** There are runs that must be executed alone. */
  #makesRoom = false;
  #aloneRun: string | null = null;
  #cleanUpAt = 0;
  #reapTimer: NodeJS.Timeout | undefined;
  #cleanups: (() => void)[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#workflows = toWorkflows(options.workflows);
    this.#concurrency = options.concurrency ?? 100;
    this.#leaseMs = options.leaseMs ?? 6000;
    this.#dev = options.dev ?? process.env["NODE_ENV"] !== "production";
    const names = [...this.#workflows.keys()];
    const { onReplayDifference = printDifference() } = options;
    if (this.#dev) {
      this.#replays = new ReplayCheck((difference) => this.#guarded(() => onReplayDifference(difference)));
    }
    this.#pastRuns = new PastRuns(options.store, () => performance.now());
    this.#leases = new LeaseKeeper({
      store: options.store,
      worker: {
        id: this.id,
        workflows: names,
        queues: names,
        build: this.#build,
        concurrency: this.#concurrency,
        process: { host: hostname(), pid: process.pid },
      },
      leaseMs: this.#leaseMs,
      heartbeatMs: this.#heartbeatMs,
      onStoreError: (error) => this.#report(error),
    });
  }

  start(): Promise<void> {
    if (this.#state === "stopping") {
      return Promise.reject(new AlderError("worker_stopped", "this worker was stopped: create another one"));
    }
    return (this.#starting ??= this.#start());
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #start(): Promise<void> {
    checkReact({ dev: this.#dev });
    installEngine();
    const { store } = this.#options;
    const storeAheadMs = (await store.now()) - Date.now();
    this.#clock = { ...systemClock, now: () => Date.now() + storeAheadMs };
    const keeping = {
      store,
      worker: this.id,
      clock: this.#clock,
      leaseMs: this.#leaseMs,
      renewEveryMs: this.#heartbeatMs,
      onStoreError: (error: unknown) => this.#report(error),
    };
    this.#limits = new LimitKeeper(keeping);
    this.#cache = new CacheKeeper(keeping);
    await store.publishManifests(
      [...this.#workflows.values()].map((definition) =>
        toManifest(definition, { queue: definition.name, build: this.#build }),
      ),
    );
    // Blocked runs: this may be the code they wait for.
    await store.unblockRuns([...this.#workflows.keys()]);
    await this.#leases.start();
    this.#cleanups.push(() => this.#leases.stop());
    if (this.#state !== "new") return;
    this.#state = "running";
    this.#cleanups.push(
      enterWorker(),
      store.watchQueues(() => this.#look()),
    );
    this.#reapSoon();
    await this.#reap();
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#starting !== undefined;
    this.#state = "stopping";
    clearTimeout(this.#reapTimer);
    // At once: a run that had to wait for the claim under way would begin another step meanwhile.
    const handedOver = this.#handOver();
    await this.#starting?.catch(() => {});
    clearTimeout(this.#reapTimer);
    // That claim brings runs that are ours: they are handed over, too.
    await this.#looked;
    // A program that ends with its run is told of what it does wrong, too.
    await Promise.all([handedOver, this.#handOver(), this.#replays?.finish(REPLAY_GRACE_MS)]);
    await this.#limits?.stop();
    await this.#cache?.stop();
    for (const cleanup of this.#cleanups) cleanup();
    if (wasStarted)
      await this.#options.store.forgetWorker(this.id).catch((error: unknown) => this.#report(error));
  }

  async #handOver(): Promise<void> {
    const graceMs = this.#options.graceMs ?? 10_000;
    await Promise.all([...this.#executions.values()].map((execution) => execution.handOver(graceMs)));
  }

  get #heartbeatMs(): number {
    return this.#options.heartbeatMs ?? Math.round(this.#leaseMs / 6);
  }

  get #build(): string {
    return this.#options.build ?? process.env["ALDER_BUILD"] ?? "dev";
  }

  // ---- claiming

  /** Claims what there is, and once more if it is told so meanwhile. */
  #look(): void {
    this.#lookAgain = true;
    this.#looked ??= this.#lookWhileTold().finally(() => (this.#looked = undefined));
  }

  async #lookWhileTold(): Promise<void> {
    while (this.#lookAgain && this.#state === "running") {
      this.#lookAgain = false;
      try {
        if (await this.#claim()) this.#lookAgain = true;
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** True if there may be more. */
  async #claim(): Promise<boolean> {
    const isIdle = this.#executions.size === 0;
    const limit = Math.min(this.#concurrency - this.#executions.size, CLAIM_AT_ONCE);
    // A run that must be executed alone waits for this worker to have nothing else: nothing is claimed until then.
    if (limit <= 0 || this.#aloneRun !== null || (this.#makesRoom && !isIdle)) return false;
    await this.#leases.tell();
    const claimedAt = performance.now();
    const { claims, alone } = await this.#options.store.claim({
      worker: this.id,
      queues: [...this.#workflows.keys()],
      limit,
      leaseMs: this.#leaseMs,
      idle: isIdle,
    });
    this.#makesRoom = alone > 0;
    for (const claim of claims) this.#execute(claim, claimedAt);
    return claims.length === limit;
  }

  #execute(claim: Claim, claimedAt: number): void {
    const { runId } = claim.token;
    const { onEvent, onRunFailed } = this.#options;
    const execution = new RunExecution({
      store: this.#options.store,
      claim,
      // The store gives runs of these queues only, and a queue is named for its workflow.
      workflow: this.#workflows.get(claim.workflow)!,
      clock: this.#clock,
      random: Math.random,
      pastRuns: this.#pastRuns,
      strict: this.#dev,
      maxValueLength: this.#options.maxValueLength ?? 1024 * 1024,
      cancelGraceMs: this.#options.cancelGraceMs ?? 5000,
      onDivergence: this.#options.onDivergence ?? (this.#dev ? "rerun" : "block"),
      admit: () => this.#leases.admit(runId),
      limits: this.#limits,
      cache: this.#cache,
      parkAfterMs: this.#options.parkAfterMs ?? 500,
      onEvents:
        onEvent &&
        ((events) => {
          for (const event of events) this.#guarded(() => onEvent(runId, event));
        }),
      onStoreError: (error) => this.#report(error),
      onFailed: onRunFailed && this.#teller(onRunFailed, toFailedRun(claim)),
      onEnded: this.#replays && ((ended) => this.#replays?.add(ended)),
      onForgotten: this.#forgetter(claim.token),
      onGone: () => {
        this.#executions.delete(runId);
        this.#leases.remove(runId);
        if (this.#aloneRun === runId) this.#aloneRun = null;
        this.#look();
      },
    });
    if (claim.alone) this.#aloneRun = runId;
    this.#executions.set(runId, execution);
    this.#leases.add(claim.token, execution, claimedAt);
    // Stopped while the claim was under way: it is handed over without having started anything.
    if (this.#state === "running") execution.start(claim);
  }

  // Functions of their own: made beside the others they would keep the claim, with its journal, for as long as these are.

  #forgetter(token: RunToken): () => void {
    return () => this.#leases.giveUp(token);
  }

  #teller(onRunFailed: NonNullable<WorkerOptions["onRunFailed"]>, run: FailedRun): (error: unknown) => void {
    return (error) => this.#guarded(() => onRunFailed(run, error));
  }

  async #reap(): Promise<void> {
    try {
      await buryDead(this.#options.store);
      await this.#options.store.reap();
      await this.#cleanUp();
    } catch (error) {
      this.#report(error);
    }
    this.#look();
  }

  /** About once an hour: ended runs that are old enough go. */
  async #cleanUp(): Promise<void> {
    const { store, retentionMs = RETENTION_MS } = this.#options;
    if (performance.now() < this.#cleanUpAt || retentionMs === Infinity) return;
    this.#cleanUpAt = performance.now() + CLEAN_UP_MS * (0.75 + Math.random() / 2);
    while (this.#state === "running" && (await store.deleteEnded(retentionMs)) > 0);
  }

  /** Jittered, so that many workers do not all ask at once. */
  #reapSoon(): void {
    this.#reapTimer = setTimeout(() => void this.#reapAgain(), LOOK_AGAIN_MS * (0.75 + Math.random() / 2));
  }

  async #reapAgain(): Promise<void> {
    await this.#reap();
    if (this.#state === "running") this.#reapSoon();
  }

  #report(error: unknown): void {
    const { onError } = this.#options;
    if (onError === undefined) console.error(`alder worker ${this.id}:`, error);
    else this.#guarded(() => onError(error));
  }

  /** What an option of the author's throws is told, and ends nothing. */
  #guarded(callback: () => void | Promise<void>): void {
    const complain = (error: unknown): void =>
      console.error(`alder worker ${this.id}: a callback has thrown:`, error);
    try {
      const told = callback();
      if (told instanceof Promise) told.catch(complain);
    } catch (error) {
      complain(error);
    }
  }
}

function toFailedRun({ token, workflow, input }: Claim): FailedRun {
  return { runId: token.runId, workflow, input };
}

function toWorkflows(workflows: readonly object[]): ReadonlyMap<string, Definition> {
  const byName = new Map<string, Definition>();
  for (const workflow of workflows) {
    const definition = definitionOf(workflow);
    if (definition?.kind !== "workflow") {
      throw new AlderError(
        "bad_workflow",
        "createWorker({ workflows }) takes what workflow() returned, and nothing else",
      );
    }
    if (byName.has(definition.name)) {
      throw new AlderError(
        "duplicate_workflow",
        `two workflows are named "${definition.name}": a worker knows each by its name`,
      );
    }
    byName.set(definition.name, definition);
  }
  return byName;
}
