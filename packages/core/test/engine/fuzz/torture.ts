/**
 * Lives a program again and again: undisturbed, replayed, stopped at every write of its journal and recovered, and in
 * chains of short lives. Whatever happens, its journal tells the same story to whoever reads it next (E1, E2).
 */
import { describeReplay } from "../../../src/engine/describe-replay.ts";
import { createDisk, replayOf, type Disk, type Stopped } from "../harness.ts";
import { chance, oneOf, reseed } from "./chance.ts";
import { resetWorld } from "./components.tsx";
import { oneLife, type Crash, type LifeSettings, type LivedLife } from "./one-life.ts";
import type { Program } from "./programs.tsx";

export interface TortureOptions {
  readonly seed: number;
  /** At how many writes it is stopped, at most. */
  readonly crashPoints: number;
  /** How many chains of short lives. */
  readonly chains: number;
}

export interface Verdict {
  readonly lives: number;
  readonly problems: readonly string[];
}

const CRASHES: readonly Crash[] = ["kept", "lost", "park"];
const MOST_LIVES = 80;

export async function torture(program: Program, options: TortureOptions): Promise<Verdict> {
  const { seed, crashPoints, chains } = options;
  const problems: string[] = [];
  let lives = 0;
  const lived = async (what: string, settings?: LifeSettings): Promise<LivedLife> => {
    const life = await oneLife(program, settings);
    lives++;
    for (const problem of life.problems) problems.push(`${what}: ${problem}`);
    if (life.stopped.state === "hung") problems.push(`${what}: hung`);
    return life;
  };
  const begin = (): void => {
    reseed(seed);
    resetWorld(seed);
  };
  /** Reads the whole journal again: nothing is started, written or said, and it ends the same way. */
  const replay = async (what: string, { disk, stopped }: LivedLife): Promise<void> => {
    const copy = createDisk(disk);
    const again = await lived(`${what}, replayed`, { disk: copy, strict: chance() < 0.3, calm: true });
    const [was, is] = [show(stopped), show(again.stopped)];
    if (was !== is) problems.push(`${what}: lived ${was}, replayed ${is}`);
    if (again.started.length > 0) problems.push(`${what}: the replay started ${again.started.join()}`);
    const written = copy.entries.slice(disk.entries.length + 1);
    if (written.length > 0) problems.push(`${what}: the replay wrote ${written.map(describe).join()}`);
    const said = repeated(disk, copy);
    if (said.length > 0) problems.push(`${what}: the replay said ${said.join()}`);
    if (stopped.state !== "ended") return;
    const difference = await replayOf(program.workflow, disk, stopped.end);
    if (difference !== null) problems.push(`${what}: a false alarm: ${describeReplay(difference)}`);
  };

  begin();
  const reference = await lived("undisturbed", { strict: seed % 2 === 0 });
  if (!isCompleted(reference.stopped)) {
    problems.push(`undisturbed: ${show(reference.stopped)}`);
  }
  await replay("undisturbed", reference);

  const step = Math.max(1, reference.writes / crashPoints);
  for (let at = 1; at <= reference.writes; at += step) {
    for (const crash of CRASHES) {
      const what = `${crash} at write ${Math.floor(at)}`;
      begin();
      const first = await lived(what, { crashAt: Math.floor(at), crash, strict: seed % 2 === 0 });
      if (first.stopped.state === "ended") continue;
      const second = await lived(`${what}, recovered`, {
        disk: createDisk(first.disk),
        strict: chance() < 0.3,
      });
      if (statusOf(second.stopped) !== statusOf(reference.stopped)) {
        problems.push(`${what}, recovered: ${show(second.stopped)}`);
      }
      await replay(what, second);
    }
  }

  for (let chain = 1; chain <= chains; chain++) {
    begin();
    reseed(seed * 1000 + chain);
    let life: LivedLife | null = null;
    for (let count = 0; count < MOST_LIVES && life?.stopped.state !== "ended"; count++) {
      life = await lived(`chain ${chain}, life ${count}`, {
        disk: createDisk(life?.disk),
        crashAt: 1 + oneOf(5),
        crash: CRASHES[oneOf(3)] ?? "kept",
        strict: chance() < 0.3,
        parkWhenIdle: chance() < 0.3,
      });
    }
    if (life === null) continue;
    if (statusOf(life.stopped) !== statusOf(reference.stopped)) {
      problems.push(`chain ${chain}: ${show(life.stopped)}`);
    }
    await replay(`chain ${chain}`, life);
  }
  return { lives, problems };
}

function isCompleted(stopped: Stopped): boolean {
  return stopped.state === "ended" && stopped.end.status === "completed";
}

function statusOf(stopped: Stopped): string {
  return stopped.state === "ended" ? stopped.end.status : stopped.state;
}

function show(stopped: Stopped): string {
  if (stopped.state !== "ended") return JSON.stringify(stopped);
  const { end } = stopped;
  if (end.status === "failed")
    return `failed: ${end.error instanceof Error ? end.error.message : String(end.error)}`;
  return end.status === "completed" ? `completed: ${JSON.stringify(end.output)}` : end.status;
}

function describe(entry: Disk["entries"][number]): string {
  return "name" in entry ? `${entry.t} ${entry.name}` : entry.t === "said" ? `said ${entry.key}` : entry.t;
}

/** What of the stream the replay wrote a second time, beside its own start. */
function repeated(before: Disk, after: Disk): string[] {
  return after.events.slice(before.events.length + 1).map((event) => JSON.stringify(event));
}
