/**
 * Lives of a program's run in a store: what `liveProgram` does in memory, with a store's transitions and with what a worker
 * executes, writes, parks and hands over runs with.
 *
 * 1. Time stands still while the store is asked for anything.
 * 2. Nobody dies a third time in a row without having got on: that would be a crash loop (E8). The run is handed over
 *    instead.
 */
import type { Claim, Store } from "@alder/core/store";
import { definitionOf } from "../../../src/authoring/definition.ts";
import type { Clock } from "../../../src/internal/clock.ts";
import { createLifeStore } from "../../../src/testing/test-run/life-store.ts";
import { RunExecution } from "../../../src/worker/run-execution.ts";
import type { Disk, Stopped } from "../harness.ts";
import { buildWorkflow, enter } from "./build.ts";
import { inspectLife, LONGEST_LIFE, ticks, type LifeSettings, type LivedLife } from "./live-program.ts";
import { ownersIn } from "./owners.ts";
import type { Program } from "./program.ts";
import { RunInStore } from "./run-in-store.ts";
import { countCalls } from "./store-calls.ts";
import type { World } from "./world.ts";

export type LiveProgram = (program: Program, world: World, settings?: LifeSettings) => Promise<LivedLife>;

/** As long as no program takes: nothing is ever parked. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;
const PATIENT_MS = 60_000;
const MOST_RECOVERIES = 2;
/** Later than in any world, in milliseconds. */
const LATEST = 2 ** 45;
/** Nothing moves for so many turns of the event loop: it rests. */
const RESTING_TURNS = 3;

export interface StoreOfPrograms {
  readonly live: LiveProgram;
  /** Deletes the runs that have ended. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** `open` is given the clock that its store is to go by. */
export function createStoreOfPrograms(open: (clock: Pick<Clock, "now">) => Store): StoreOfPrograms {
  let current: World | undefined;
  const store = open({ now: () => current?.clock.now() ?? LATEST });
  const runs = new WeakMap<World, RunInStore>();
  let lives = 0;

  async function live(program: Program, world: World, settings: LifeSettings = {}): Promise<LivedLife> {
    current = world;
    enter(world);
    let run = runs.get(world);
    if (run === undefined) {
      runs.set(world, (run = new RunInStore(store, program, world)));
      await run.start();
    }
    const before = (await run.read()).events.length;
    const worker = `worker ${++lives}`;
    const claim = await run.take(worker);
    const lived = claim && (await execute(program, world, run, claim, worker, settings));
    const disk = await run.read();
    const stopped = lived?.state === "gone" || lived === null ? stoppedOf(disk, lived === null) : lived;
    const { started, problems } = inspectLife(program, disk, before);
    return {
      disk,
      stopped: stopped as Stopped,
      writes: lived?.writes ?? 0,
      started,
      problems: [...problems, ...run.problems.splice(0), ...world.problems.splice(0)],
    };
  }

  async function execute(
    program: Program,
    world: World,
    run: RunInStore,
    claim: Claim,
    worker: string,
    settings: LifeSettings,
  ): Promise<{ readonly state: "gone" | "crashed" | "hung"; readonly writes: number }> {
    const { crashAt = Infinity, strict = false, delays, parkWhenIdle = false } = settings;
    const wanted = settings.crash ?? "kept";
    const isLoop = claim.recoveries >= MOST_RECOVERIES && (wanted === "kept" || wanted === "lost");
    const crash = isLoop ? "park" : wanted;
    const calls = countCalls(store, () => (delays?.chance(0.5) ? ticks(delays.from(1, 4)) : undefined));
    let writes = 0;
    let state: "gone" | "crashed" | "hung" | undefined;
    let isHandedOver = false;

    const owners = ownersIn(world, () => store);
    const owner = await owners?.next();
    world.attend(claim.journal.map(({ entry, seq, at }) => ({ ...(entry as object), seq, at }) as never));
    const lifeStore = createLifeStore({
      store: calls.store,
      onWrite(entry) {
        const isHere = ++writes === crashAt;
        if (isHere && crash === "drain") void execution.handOver(PATIENT_MS);
        if (isHere && crash === "park") {
          isHandedOver = true;
          world.isAttended = false;
          void execution.handOver(0);
        }
        const happens = isHere && (crash === "kept" || crash === "lost") ? crash : undefined;
        if (happens !== "lost" && entry !== undefined) world.noteEntry(entry);
        return happens;
      },
      onWritten: (entry) => run.acknowledged(entry),
      onCrash() {
        world.isAttended = false;
        owner?.die();
        state = "crashed";
        run.died(worker);
        execution.stop();
      },
    });
    const execution = new RunExecution({
      store: lifeStore,
      claim,
      workflow: definitionOf(buildWorkflow(program))!,
      clock: withoutNever(world.clock),
      random: () => 0,
      strict,
      maxValueLength: 1_000_000,
      cancelGraceMs: 0,
      onDivergence: "block",
      ...(owner && { limits: owner.limits, cache: owner.cache }),
      parkAfterMs: parkWhenIdle ? 0 : NEVER_MS,
      onEvents() {},
      onStoreError: (error) => run.problems.push(`the store: ${String(error)}`),
      onGone: () => (state ??= "gone"),
    });
    for (const { at } of run.signalsToCome) {
      const delayMs = world.startedAt + at - world.clock.now();
      const tell = async () => execution.heard(await run.sendSignalsDue(), false);
      world.clock.setTimeout(() => void calls.count(tell()), delayMs);
    }
    execution.start(claim);
    for (let turn = 0, still = 0; state === undefined; turn++) {
      await calls.answered();
      await ticks(1);
      const isMoving = calls.areOpen() || owner?.isBusy || isHandedOver || execution.activity() === "moving";
      still = isMoving ? 0 : still + 1;
      if (turn > LONGEST_LIFE) state = "hung";
      if (state !== undefined || still < RESTING_TURNS) continue;
      if (!world.advance() && still > 20) state = "hung";
    }
    world.isAttended = false;
    execution.stop();
    while (calls.areOpen() || owner?.isBusy) {
      await calls.answered();
      await ticks(1);
    }
    await ticks(2);
    if (state !== "crashed") await owners?.inspect();
    return { state, writes };
  }

  return {
    live,
    async forget() {
      current = undefined;
      while ((await store.deleteEnded(0)) > 0);
    },
    close: () => store.close(),
  };
}

/** How a run stands that its owner has left, or that nobody can take. */
function stoppedOf({ events }: Disk, isUntakeable: boolean): Stopped {
  const last = events.at(-1);
  if (last?.type === "run.completed")
    return { state: "ended", end: { status: "completed", output: last.output } };
  if (last?.type === "run.failed") return { state: "ended", end: { status: "failed", error: last.error } };
  if (last?.type === "run.cancelled") return { state: "ended", end: { status: "cancelled" } };
  return { state: isUntakeable ? "hung" : "drained" };
}

function withoutNever(clock: Clock): Clock {
  return {
    ...clock,
    setTimeout: (run, delayMs) => (delayMs >= NEVER_MS ? {} : clock.setTimeout(run, delayMs)),
  };
}
