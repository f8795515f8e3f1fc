/** One life of a run, from a disk to its end, its crash or its idleness, and what was wrong with it. */
import { createDisk, live, type Disk, type Stopped } from "../harness.ts";
import { chance, createTickClock, lateAcknowledgement, oneOf, ticks } from "./chance.ts";
import { inspect } from "./inspect.ts";
import type { Program } from "./programs.tsx";

/** What happens at a write: the process dies after it or before it took effect, or the run is handed over. */
export type Crash = "kept" | "lost" | "park";

export interface LifeSettings {
  readonly disk?: Disk;
  readonly crashAt?: number;
  readonly crash?: Crash;
  /** The write at which the run is asked to cancel. */
  readonly cancelAt?: number;
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
      if (count === settings.cancelAt) queueMicrotask(() => life.run.cancel());
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
