/** Executes workflows on a journal in memory, with a hand on every write. */
import { definitionOf } from "../../src/authoring/definition.ts";
import { executeRun, type ExecutingRun } from "../../src/engine/execute-run.ts";
import type { CacheDesk } from "../../src/engine/cache-desk.ts";
import type { JournalEntry, Written } from "../../src/engine/journal-entry.ts";
import type { PermitDesk } from "../../src/engine/permit-desk.ts";
import { replayRun, type ReplayDifference } from "../../src/engine/replay-run.ts";
import type { IdleRun, RunEnd } from "../../src/engine/run.ts";
import { systemClock, type Clock } from "../../src/internal/clock.ts";
import type { Json } from "../../src/internal/json.ts";
import type { EventBody } from "../../src/protocol/events.ts";
import type { BlockedView } from "../../src/protocol/run-view.ts";
import type { StoredSignal } from "../../src/store/store.ts";

/** What `workflow()` returned. */
export interface AnyWorkflow {
  readonly name: string;
  readonly "~types": unknown;
}

export type RecordedEntry = JournalEntry & Written;

/** What a run was given when it was made. */
interface RunBirth {
  readonly runId: string;
  readonly salt: string;
  readonly createdAt: number;
}

/** What survives a crash. */
export interface Disk {
  /** Absent where it does not matter. */
  readonly birth?: RunBirth;
  readonly entries: RecordedEntry[];
  readonly events: EventBody[];
  readonly signals: StoredSignal[];
}

export function createDisk(from?: Disk): Disk {
  return structuredClone(from ?? { entries: [], events: [], signals: [] });
}

export type Stopped =
  | { readonly state: "ended"; readonly end: RunEnd }
  | { readonly state: "idle"; readonly idle: IdleRun }
  | { readonly state: "blocked"; readonly blocked: BlockedView }
  | { readonly state: "crashed" | "drained" | "hung" };

export interface Life {
  readonly disk: Disk;
  readonly run: ExecutingRun;
  readonly stopped: Promise<Stopped>;
  signal(name: string, payload: Json, input?: string): void;
}

export interface LifeOptions {
  readonly disk?: Disk;
  readonly input?: Json;
  readonly clock?: Clock;
  readonly strict?: boolean;
  readonly random?: () => number;
  /** Called at the `count`-th write of an entry; `lost` and `kept` crash the owner there. */
  readonly onWrite?: (count: number, entry: JournalEntry) => "kept" | "lost" | "park" | undefined;
  /** Delays an acknowledgement. */
  readonly acknowledge?: () => Promise<void> | undefined;
  /** What to do when the run only waits; stops the life unless given. */
  readonly onIdle?: (life: Life, idle: IdleRun) => void;
  readonly maxValueLength?: number;
  readonly cancelGraceMs?: number;
  readonly permits?: PermitDesk;
  readonly cache?: CacheDesk;
  readonly onDivergence?: "block" | "rerun";
  /** What a component that writes text waits for. */
  readonly ready?: () => Promise<void> | undefined;
}

export function live(workflow: AnyWorkflow, options: LifeOptions = {}): Life {
  const disk = options.disk ?? createDisk();
  const clock = options.clock ?? systemClock;
  let alive = true;
  let writes = 0;
  let resolve!: (stopped: Stopped) => void;
  const stopped = new Promise<Stopped>((settle) => (resolve = settle));
  const stop = (state: "crashed" | "drained" | "hung"): void => {
    if (!alive) return;
    alive = false;
    run.stop();
    resolve({ state });
  };
  const push = (event: EventBody, entry: JournalEntry): RecordedEntry => {
    disk.events.push(event);
    const written = structuredClone({ ...entry, seq: disk.events.length, at: clock.now() }) as RecordedEntry;
    disk.entries.push(written);
    return written;
  };
  push({ type: "run.started", worker: "test", execution: 1 }, { t: "claimed" });
  const never = new Promise<never>(() => {});
  const run = executeRun({
    ...birthOf(disk),
    tenant: null,
    workflow: definitionOf(workflow)!,
    input: options.input ?? {},
    journal: structuredClone(disk.entries),
    signals: structuredClone(disk.signals),
    clock,
    random: options.random ?? (() => 0),
    strict: options.strict ?? false,
    onDivergence: options.onDivergence ?? "block",
    maxValueLength: options.maxValueLength ?? 1_000_000,
    cancelGraceMs: options.cancelGraceMs ?? 0,
    permits: options.permits,
    cache: options.cache,
    outlet: {
      emit(event) {
        if (alive) disk.events.push(structuredClone(event));
      },
      write(event, entry) {
        if (!alive) return never;
        const crash = options.onWrite?.(++writes, entry);
        if (crash === "kept" || crash === "lost") {
          if (crash === "kept") push(event, entry);
          stop("crashed");
          return never;
        }
        const written = push(event, entry);
        if (crash === "park") queueMicrotask(() => stop("crashed"));
        const delay = options.acknowledge?.();
        return delay === undefined ? Promise.resolve(written) : delay.then(() => written);
      },
      ready: () => options.ready?.(),
    },
    listener: {
      onEnd(end) {
        if (!alive) return;
        alive = false;
        resolve({ state: "ended", end });
      },
      onIdle(idle) {
        if (!alive) return;
        if (options.onIdle) return options.onIdle(life, idle);
        alive = false;
        run.stop();
        resolve({ state: "idle", idle });
      },
      onDrained: () => stop("drained"),
      onBlocked(blocked) {
        if (!alive) return;
        alive = false;
        disk.events.push({ type: "run.blocked", ...blocked });
        resolve({ state: "blocked", blocked });
      },
    },
  });
  const life: Life = {
    disk,
    run,
    stopped,
    signal(name, payload, input) {
      const index = disk.signals.length + 1;
      const signal = { index, id: `signal-${index}`, name, payload, input: input ?? null, at: clock.now() };
      disk.signals.push(signal);
      if (alive) run.addSignals([signal]);
    },
  };
  return life;
}

/** The same, but it goes on when it only waits, for a clock that is moved by hand. */
export function liveWhileIdle(workflow: AnyWorkflow, options: LifeOptions = {}): Life {
  return live(workflow, { onIdle() {}, ...options });
}

/** The output of a run that completes; throws the error of one that fails. */
export async function outputOf(workflow: AnyWorkflow, options?: LifeOptions): Promise<Json> {
  const stopped = await live(workflow, options).stopped;
  if (stopped.state !== "ended") throw new Error(`the run did not end: ${JSON.stringify(stopped)}`);
  if (stopped.end.status === "failed") throw stopped.end.error;
  if (stopped.end.status === "cancelled") throw new Error("the run was cancelled");
  return stopped.end.output;
}

/** The disk of a run whose owner died right after its `writes`-th entry was written. */
export async function crashedAfter(
  workflow: AnyWorkflow,
  writes: number,
  options: LifeOptions = {},
): Promise<Disk> {
  const life = live(workflow, { ...options, onWrite: (count) => (count === writes ? "kept" : undefined) });
  const stopped = await life.stopped;
  if (stopped.state !== "crashed")
    throw new Error(`the run did not get that far: ${JSON.stringify(stopped)}`);
  return createDisk(life.disk);
}

/** Names of the components that the events say were started, in order. */
export function startedComponents(disk: Disk, from = 0): string[] {
  return disk.events
    .slice(from)
    .flatMap((event) => (event.type === "step.started" && event.kind === "component" ? [event.name] : []));
}

export function eventsOf<T extends EventBody["type"]>(
  disk: Disk,
  type: T,
): Extract<EventBody, { type: T }>[] {
  return disk.events.filter((event): event is Extract<EventBody, { type: T }> => event.type === type);
}

/** Lets the run move until the condition holds. Fails after far more turns than anything takes. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error("nothing moves any more, and it has not happened");
}

/** Lets everything that can move come to rest. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function createDeferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/** Where a replay of an ended life's journal leads elsewhere; null where it does not. */
export function replayOf(
  workflow: AnyWorkflow,
  disk: Disk,
  end: RunEnd,
  options: Pick<LifeOptions, "input" | "strict" | "maxValueLength"> = {},
): Promise<ReplayDifference | null> {
  return replayRun({
    ...birthOf(disk),
    tenant: null,
    workflow: definitionOf(workflow)!,
    input: options.input ?? {},
    journal: structuredClone(disk.entries),
    strict: options.strict ?? false,
    maxValueLength: options.maxValueLength ?? 1_000_000,
    end,
  }).difference;
}

function birthOf({ birth, entries }: Disk): RunBirth {
  return birth ?? { runId: "run", salt: "salt", createdAt: entries[0]?.at ?? 0 };
}
