/**
 * What must be true of every program (E1, E2): it comes to what the interpreter says, undisturbed and however its worker
 * dies; a replay comes to the same, starts nothing and writes nothing; nothing that has finished is executed again; and
 * while the code stays as it is, no result is left that it does not ask for (E4).
 */
import { describeReplay } from "../../../src/engine/describe-replay.ts";
import { createDisk, replayOf, type Disk } from "../harness.ts";
import { buildWorkflow } from "./build.ts";
import { repeatsOf } from "./caches.ts";
import { interpret } from "./interpreter.ts";
import type { LiveProgram } from "./live-on-store.ts";
import {
  createWorld,
  liveProgram,
  outcomeOf,
  type Crash,
  type LifeSettings,
  type LivedLife,
} from "./live-program.ts";
import type { Outcome, Program } from "./program.ts";
import { Random } from "./random.ts";
import { dependsOnTiming, isCutOffAndRepeated } from "./timing.ts";
import type { World } from "./world.ts";

export interface Verdict {
  /** Null where two things would have happened at one instant: nothing is said of such a program. */
  readonly expected: Outcome | null;
  readonly lives: number;
  readonly recoveries: number;
  readonly problems: readonly string[];
}

export interface Effort {
  /** At how many writes it is stopped, at most. */
  readonly crashPoints?: number;
  /** How many chains of short lives. */
  readonly chains?: number;
}

const CRASHES: readonly Crash[] = ["kept", "lost", "park"];
/** Hand-overs after which things come at other times. */
const DELAYING: readonly Crash[] = [...CRASHES, "drain", "drain"];
const MOST_LIVES = 60;
const LONGEST_OUTAGE_MS = 2 ** 30;

/** `live`: where its runs live; in memory where absent. What is replayed is replayed in memory in any case. */
export async function prove(
  program: Program,
  effort: Effort = {},
  live: LiveProgram = liveProgram,
): Promise<Verdict> {
  const expected = await interpret(program);
  if (expected === "tie") return { expected: null, lives: 0, recoveries: 0, problems: [] };
  const comesTo: Outcome = expected === "stuck" ? { status: "failed", message: "stuck" } : expected;
  const proof = new Proof(program, comesTo, live);
  await proof.undisturbed();
  await proof.crashes(effort.crashPoints ?? 0);
  for (let chain = 1; chain <= (effort.chains ?? 0); chain++) await proof.shortLives(chain);
  return proof.verdict();
}

class Proof {
  readonly #program: Program;
  readonly #expected: Outcome;
  readonly #problems: string[] = [];
  readonly #random: Random;
  readonly #liveOne: LiveProgram;
  #lives = 0;
  #recoveries = 0;
  #writes = 0;

  constructor(program: Program, expected: Outcome, live: LiveProgram) {
    this.#program = program;
    this.#expected = expected;
    this.#liveOne = live;
    this.#random = new Random(program.seed + 0.5);
  }

  verdict(): Verdict {
    const { size } = new Set(this.#problems);
    const problems = size === this.#problems.length ? this.#problems : [...new Set(this.#problems)];
    return { expected: this.#expected, lives: this.#lives, recoveries: this.#recoveries, problems };
  }

  async undisturbed(): Promise<void> {
    const world = createWorld(this.#program);
    const strict = this.#program.seed % 2 === 0;
    const life = await this.#live("undisturbed", world, { strict });
    this.#writes = life.writes;
    this.#compare("undisturbed", life);
    for (const repeat of repeatsOf(this.#program, world.ended))
      this.#problems.push(`undisturbed: executed ${repeat} twice, and it is cached`);
    await this.#replay("undisturbed", world, life);
  }

  async crashes(most: number): Promise<void> {
    const step = Math.max(1, this.#writes / Math.max(1, most));
    for (let at = 1; at <= this.#writes && most > 0; at += step) {
      for (const crash of CRASHES) await this.#crashAt(Math.floor(at), crash);
    }
  }

  async #crashAt(crashAt: number, crash: Crash): Promise<void> {
    const what = `${crash} at write ${crashAt}`;
    const world = createWorld(this.#program);
    const delays = this.#delays();
    const first = await this.#live(what, world, { crashAt, crash, ...delays, strict: crashAt % 2 === 0 });
    if (first.stopped.state === "ended") return;
    this.#recoveries++;
    const disk = createDisk(first.disk);
    const second = await this.#live(`${what}, recovered`, world, { disk, ...this.#delays() });
    this.#compareAfterCrash(`${what}, recovered`, second);
    await this.#replay(what, world, second);
  }

  async shortLives(chain: number): Promise<void> {
    const world = createWorld(this.#program);
    const mayDelay = !dependsOnTiming(this.#program);
    let life: LivedLife | null = null;
    for (let count = 0; count < MOST_LIVES && life?.stopped.state !== "ended"; count++) {
      if (life !== null) this.#recoveries++;
      if (mayDelay && this.#random.chance(0.3)) world.passUnattended(this.#random.from(1, LONGEST_OUTAGE_MS));
      life = await this.#live(`chain ${chain}, life ${count}`, world, {
        disk: createDisk(life?.disk),
        crashAt: this.#random.from(1, 5),
        crash: this.#random.pick(mayDelay ? DELAYING : CRASHES),
        strict: this.#random.chance(0.3),
        parkWhenIdle: this.#random.chance(0.3),
        ...this.#delays(),
      });
    }
    if (life === null) return;
    if (life.stopped.state === "crashed" || life.stopped.state === "drained")
      life = await this.#live(`chain ${chain}, last life`, world, { disk: createDisk(life.disk) });
    this.#compareAfterCrash(`chain ${chain}`, life);
    await this.#replay(`chain ${chain}`, world, life);
  }

  #delays(): Pick<LifeSettings, "delays"> {
    return this.#random.chance(0.6) ? { delays: this.#random } : {};
  }

  async #live(what: string, world: World, settings: LifeSettings, live = this.#liveOne): Promise<LivedLife> {
    this.#lives++;
    const life = await live(this.#program, world, settings);
    for (const problem of life.problems) this.#problems.push(`${what}: ${problem}`);
    for (const notice of noticesOf(life.disk)) this.#problems.push(`${what}: ${notice}`);
    return life;
  }

  #compareAfterCrash(what: string, life: LivedLife): void {
    if (!isCutOffAndRepeated(this.#program)) this.#compare(what, life);
  }

  #compare(what: string, { stopped }: LivedLife): void {
    const [is, must] = [JSON.stringify(outcomeOf(stopped)), JSON.stringify(this.#expected)];
    if (is !== must) this.#problems.push(`${what}: ${is}, and it must be ${must}`);
  }

  /** Reads the whole journal again: nothing is started, written or said, and it ends the same way. */
  async #replay(what: string, world: World, { disk, stopped }: LivedLife): Promise<void> {
    const copy = createDisk(disk);
    const settings = { disk: copy, strict: this.#random.chance(0.3) };
    const again = await this.#live(`${what}, replayed`, world, settings, liveProgram);
    const [was, is] = [JSON.stringify(outcomeOf(stopped)), JSON.stringify(outcomeOf(again.stopped))];
    if (was !== is) this.#problems.push(`${what}: lived ${was}, replayed ${is}`);
    const started = again.started.join();
    if (started !== "") this.#problems.push(`${what}: the replay started ${started}`);
    const said = copy.events.slice(disk.events.length + 1).map((event) => JSON.stringify(event));
    if (said.length > 0) this.#problems.push(`${what}: the replay said ${said.join()}`);
    if (stopped.state !== "ended") return;
    const difference = await replayOf(buildWorkflow(this.#program), disk, stopped.end);
    if (difference !== null) this.#problems.push(`${what}: a false alarm: ${describeReplay(difference)}`);
  }
}

/** What of the journal, it was said, the code does not ask for. */
export function noticesOf(disk: Disk): string[] {
  return disk.events.flatMap((event) =>
    event.type === "log" && event.level === "notice" ? [event.message] : [],
  );
}
