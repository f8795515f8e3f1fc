/** One life of a run, from a disk to its end, its crash or its idleness, and what was wrong with it. */
import { createDisk, live, type Disk, type Stopped } from "../harness.ts";
import { chance, createTickClock, lateAcknowledgement, oneOf, ticks } from "./chance.ts";
import type { Program } from "./programs.tsx";

/** What happens at a write: the process dies after it or before it took effect, or the run is handed over. */
export type Crash = "kept" | "lost" | "park";

export interface LifeSettings {
  readonly disk?: Disk;
  readonly crashAt?: number;
  readonly crash?: Crash;
  readonly strict?: boolean;
  /** Ends the life when the run does nothing but wait. */
  readonly parkWhenIdle?: boolean;
  /** No delayed acknowledgements and no signals: the journal has everything. */
  readonly calm?: boolean;
}

export interface LivedLife {
  readonly disk: Disk;
  readonly stopped: Stopped;
  /** Entries that this life wrote. */
  readonly writes: number;
  /** Names of the components that this life executed. */
  readonly started: readonly string[];
  readonly problems: readonly string[];
}

const clock = createTickClock();

/** More turns of the event loop than any life takes. */
const LONGEST_LIFE = 4000;

export async function oneLife(program: Program, settings: LifeSettings = {}): Promise<LivedLife> {
  const { crashAt = Infinity, crash = "kept", strict = false, parkWhenIdle = false, calm = false } = settings;
  const disk = settings.disk ?? createDisk();
  const before = disk.events.length;
  const delays = !calm && chance() < 0.7;
  let writes = 0;
  const life = live(program.workflow, {
    disk,
    clock,
    strict,
    onWrite(count) {
      writes = count;
      return count === crashAt ? crash : undefined;
    },
    acknowledge: () => (delays ? lateAcknowledgement() : undefined),
    onIdle(waiting, idle) {
      if (!parkWhenIdle) return;
      waiting.run.stop();
      if (idle.wakeAt !== null) clock.skipTo(idle.wakeAt);
      parked();
    },
  });
  let parked!: () => void;
  const idle = new Promise<Stopped>((resolve) => {
    parked = () => resolve({ state: "drained" });
  });
  let over = false;
  const watchdog = ticks(0).then(async (): Promise<Stopped> => {
    for (let turn = 0; turn < LONGEST_LIFE && !over; turn++) await ticks(1);
    return { state: "hung" };
  });
  if (!calm) void sendSignals();
  async function sendSignals(): Promise<void> {
    while (disk.signals.length < program.signals) {
      await ticks(oneOf(12));
      if (over) return;
      life.signal("x", `signal ${disk.signals.length}`);
    }
  }
  const stopped = await Promise.race([life.stopped, idle, watchdog]);
  over = true;
  life.run.stop();
  await ticks(2);
  const { started, problems } = inspect(disk, before);
  return { disk, stopped, writes, started, problems };
}

/** Whatever happened, these hold of the disk. */
function inspect(disk: Disk, before: number): { started: string[]; problems: string[] } {
  const problems: string[] = [];
  const finished = new Set<string>();
  for (const entry of disk.entries) {
    if (entry.t !== "ok") continue;
    if (finished.has(entry.id)) problems.push(`two results of ${entry.name}`);
    finished.add(entry.id);
  }
  const started: string[] = [];
  const done = new Set<string>();
  const inComponent = new Set<string>();
  const begun = new Map<string, number>();
  const requested = new Map<string, number>();
  disk.events.forEach((event, index) => {
    if (event.type === "step.completed") done.add(event.step);
    if (event.type === "input.requested") note(requested, event.step);
    if (event.type !== "step.started") return;
    if (event.kind === "component" || (event.parent !== null && inComponent.has(event.parent))) {
      inComponent.add(event.step);
    } else note(begun, event.step);
    if (event.kind !== "component") return;
    if (index >= before) started.push(event.name);
    if (done.has(event.step)) problems.push(`${event.name} was executed again after it had finished`);
  });
  for (const [what, counts] of [
    ["started", begun],
    ["asked for input", requested],
  ] as const) {
    for (const [step, count] of counts) {
      if (count > 1 && !inComponent.has(step))
        problems.push(`a step of a workflow was said to have ${what} ${count} times`);
    }
  }
  return { started, problems };
}

function note(counts: Map<string, number>, step: string): void {
  counts.set(step, (counts.get(step) ?? 0) + 1);
}
