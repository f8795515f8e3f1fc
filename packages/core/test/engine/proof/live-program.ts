/** One life of a program's run: from a disk to its end, its crash, or until it does nothing but wait. */
import { createMemoryStore } from "@alder/core/testing";
import { toErrorData } from "../../../src/errors/error-data.ts";
import { createDisk, live, type Disk, type Stopped } from "../harness.ts";
import { inspect } from "../fuzz/inspect.ts";
import { buildWorkflow, enter, plainMessage } from "./build.ts";
import { ownersIn } from "./owners.ts";
import { bodiesOf } from "./bodies.ts";
import type { Outcome, Program } from "./program.ts";
import type { Random } from "./random.ts";
import { World } from "./world.ts";

/**
 * What happens at a write: the process dies after it or before it took effect, or the run is handed over at once, or when
 * the steps under way have ended.
 */
export type Crash = "kept" | "lost" | "park" | "drain";

export interface LifeSettings {
  readonly disk?: Disk;
  readonly crashAt?: number;
  readonly crash?: Crash;
  readonly strict?: boolean;
  /** Ends the life when the run does nothing but wait. */
  readonly parkWhenIdle?: boolean;
  /** Delays acknowledgements by chance. */
  readonly delays?: Random;
}

export interface LivedLife {
  readonly disk: Disk;
  readonly stopped: Stopped;
  /** Entries that this life wrote. */
  readonly writes: number;
  /** Components that this life executed. */
  readonly started: readonly string[];
  readonly problems: readonly string[];
}

/** More turns of the event loop than any life takes. */
export const LONGEST_LIFE = 20_000;

export function createWorld(program: Program): World {
  return new World(program, bodiesOf(program));
}

export async function liveProgram(
  program: Program,
  world: World,
  settings: LifeSettings = {},
): Promise<LivedLife> {
  const { crashAt = Infinity, crash = "kept", strict = false, delays } = settings;
  const disk = settings.disk ?? createDisk();
  const before = disk.events.length;
  let writes = 0;
  enter(world);
  world.attend(disk.entries);
  const owners = ownersIn(world, createMemoryStore);
  const owner = await owners?.next();
  const life = live(buildWorkflow(program), {
    disk,
    clock: world.clock,
    strict,
    ...(owner && { permits: owner.limits.forRun("run", ""), cache: owner.cache }),
    onWrite(count, entry) {
      writes = count;
      const happens = count === crashAt && crash !== "drain" ? crash : undefined;
      if (count === crashAt && crash === "drain") life.run.drain();
      if (happens !== undefined) world.isAttended = false;
      if (happens === "kept" || happens === "lost") owner?.die();
      if (happens !== "lost") world.noteEntry(entry);
      return happens;
    },
    acknowledge: () => (delays?.chance(0.5) ? ticks(delays.from(1, 4)) : undefined),
    onIdle() {
      if (settings.parkWhenIdle) isParked = true;
    },
  });
  let isParked = false;
  program.signals.forEach(({ name, payload, at }, index) => {
    if (index < disk.signals.length) return;
    world.clock.setTimeout(() => life.signal(name, payload), world.startedAt + at - world.clock.now());
  });
  let stopped: Stopped | null = null;
  void life.stopped.then((how) => (stopped = how));
  for (let turn = 0, still = 0; stopped === null; turn++) {
    await ticks(1);
    if (isParked) stopped = { state: "drained" };
    still = life.run.isAtRest() && !owner?.isBusy ? still + 1 : 0;
    if (turn > LONGEST_LIFE) stopped ??= { state: "hung" };
    if (stopped !== null || still === 0) continue;
    if (!world.advance() && still > 20) stopped = { state: "hung" };
  }
  world.isAttended = false;
  life.run.stop();
  await ticks(2);
  while (owner?.isBusy) await ticks(1);
  if (stopped.state !== "crashed") await owners?.inspect();
  const { started, problems } = inspectLife(program, disk, before);
  return { disk, stopped, writes, started, problems: [...problems, ...world.problems.splice(0)] };
}

/** What this life, which began after so many events, has started, and what must not be of its disk. */
export function inspectLife(
  program: Program,
  disk: Disk,
  before: number,
): Pick<LivedLife, "started" | "problems"> {
  const { started, problems } = inspect(disk, before);
  // A workflow in a `Retry` may begin again.
  const isRetried = JSON.stringify(program.body).includes('"retry"');
  return {
    started,
    problems: problems.filter((problem) => !isRetried || !problem.startsWith("a step of a workflow")),
  };
}

export function outcomeOf(stopped: Stopped): Outcome | { readonly status: string } {
  if (stopped.state !== "ended") return { status: stopped.state };
  const { end } = stopped;
  if (end.status === "failed")
    return { status: "failed", message: plainMessage(toErrorData(end.error).message) };
  return end.status === "completed" ? { status: "completed", output: end.output } : { status: end.status };
}

export async function ticks(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise<void>((resolve) => setImmediate(resolve));
}
