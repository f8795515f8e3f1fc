/**
 * E4 and E7 under fire: random trees and the programs that are written by hand, whose steps fail now and then, are
 * crashed, cancelled and retried until they complete. `ALDER_FUZZ=20` lives twenty times as many.
 */
import { afterAll, expect, test } from "vitest";
import type { RunEnd } from "../../../src/engine/run.ts";
import { createDisk, type Disk } from "../harness.ts";
import { retried } from "../later-lives.ts";
import { chance, oneOf, reseed } from "./chance.ts";
import { resetWorld, setFaults } from "./components.tsx";
import { oneLife, type Crash, type LivedLife } from "./one-life.ts";
import { PROGRAMS, type Program } from "./programs.tsx";
import { growProgram } from "./random-trees.tsx";

const scale = Number(process.env.ALDER_FUZZ ?? 0);
const first = Number(process.env.ALDER_SEED ?? 1);
const count = scale > 0 ? scale * 20 : 20;
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

const CRASHES: readonly Crash[] = ["kept", "lost", "park"];
/** In the first of these steps fail now and then. */
const TROUBLED_LIVES = 12;
const MOST_LIVES = 100;

/** What was wrong with a run that was retried until it completed. */
async function retriedToEnd(program: Program, seed: number): Promise<readonly string[]> {
  const problems: string[] = [];
  reseed(seed);
  resetWorld(seed);
  let disk = createDisk();
  let life: LivedLife | null = null;
  for (let lives = 0; lives < MOST_LIVES; lives++) {
    const isTroubled = lives < TROUBLED_LIVES;
    setFaults(isTroubled ? 0.12 : 0);
    life = await oneLife(program, {
      disk,
      strict: chance() < 0.3,
      parkWhenIdle: chance() < 0.2,
      ...(isTroubled && chance() < 0.4 ? { crashAt: 1 + oneOf(8), crash: CRASHES[oneOf(3)] ?? "kept" } : {}),
      ...(isTroubled && chance() < 0.15 ? { cancelAt: 1 + oneOf(8) } : {}),
    });
    for (const problem of life.problems) problems.push(`life ${lives}: ${problem}`);
    const { stopped } = life;
    if (stopped.state === "hung" || stopped.state === "blocked") {
      problems.push(`life ${lives}: ${JSON.stringify(stopped)}`);
      return problems;
    }
    const end = stopped.state === "ended" ? toEnd(life.disk, stopped.end) : null;
    if (end?.status === "completed") break;
    disk = end === null ? createDisk(life.disk) : retried(life.disk, { state: "ended", end });
  }
  if (life?.stopped.state !== "ended" || life.stopped.end.status !== "completed") {
    problems.push(`it did not complete: ${JSON.stringify(life?.stopped)}`);
    return problems;
  }
  const copy = createDisk(life.disk);
  const again = await oneLife(program, { disk: copy, strict: chance() < 0.3, calm: true });
  if (JSON.stringify(again.stopped) !== JSON.stringify(life.stopped)) {
    problems.push(`lived ${JSON.stringify(life.stopped)}, replayed ${JSON.stringify(again.stopped)}`);
  }
  if (again.started.length > 0) problems.push(`the replay started ${again.started.join()}`);
  const repeated = copy.events.slice(life.disk.events.length + 1);
  if (repeated.length > 0) problems.push(`the replay said ${JSON.stringify(repeated)}`);
  return problems;
}

/** A cancel that was asked before the end was written wins over it (E9). */
function toEnd({ entries }: Disk, end: RunEnd): RunEnd {
  const since = entries.slice(entries.findLastIndex(({ t }) => t === "retried") + 1);
  return since.some(({ t }) => t === "cancel") ? { status: "cancelled" } : end;
}

test("random trees", { timeout: 3_600_000 }, async () => {
  for (let seed = first; seed < first + count; seed++) {
    const problems = await retriedToEnd(growProgram(seed), seed);
    expect(problems.slice(0, 8), `seed ${seed}`).toEqual([]);
  }
});

test.each(Object.entries(PROGRAMS))("%s", { timeout: 3_600_000 }, async (_name, program) => {
  for (let seed = first; seed < first + Math.max(1, scale); seed++) {
    const problems = await retriedToEnd(program, seed);
    expect(problems.slice(0, 8), `seed ${seed}`).toEqual([]);
  }
});

afterAll(() => expect(unhandled).toEqual([]));
