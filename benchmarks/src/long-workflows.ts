/**
 * That the cost of a step does not grow with the workflow: µs of processor time per step at a quarter, half and all of
 * 10,000 awaited steps and of 5,000 parallel elements. On a journal that answers at once; and on the embedded store, by a
 * worker that is killed when all but the last step is done, and another one that claims the run, reads the journal,
 * replays it and ends the run.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alder } from "./engine/alder.ts";
import { median } from "./median.ts";
import { nextMessage } from "./next-message.ts";

const FULL = { awaited: 10_000, parallel: 5_000 } as const;
const SHARES = [1 / 4, 1 / 2, 1];
/** On the store every figure is that of two processes, whose start outweighs the noise. */
const ROUNDS = { "instant journal": 3, "embedded store": 1 } as const;

type Long = keyof typeof FULL;
type Way = (program: Long, n: number) => Promise<{ live: number; recovery: number }>;

export async function benchLongWorkflows(): Promise<void> {
  console.log(`long workflows, µs of processor time per step at 1/4, 1/2 and 1:`);
  for (const program of ["awaited", "parallel"] as const) {
    // The first time is for the compiler.
    await onInstantJournal(program, 100);
    await print(program, "instant journal", onInstantJournal);
    await print(program, "embedded store", onStore);
  }
}

async function print(program: Long, title: keyof typeof ROUNDS, way: Way): Promise<void> {
  const sizes = SHARES.map((share) => FULL[program] * share);
  const live: number[][] = sizes.map(() => []);
  const recovery: number[][] = sizes.map(() => []);
  for (let round = 0; round < ROUNDS[title]; round++) {
    for (const [index, n] of sizes.entries()) {
      const times = await way(program, n);
      live[index]?.push(times.live / n);
      recovery[index]?.push(times.recovery / n);
    }
  }
  const shown = (times: readonly number[][]): string =>
    times.map((each) => median(each).toFixed(1).padStart(6)).join(" ");
  console.log(
    `  ${program.padEnd(9)} ${sizes.join(", ").padEnd(18)} ${title}   live ${shown(live)}   recovery ${shown(recovery)}`,
  );
}

async function onInstantJournal(program: Long, n: number): Promise<{ live: number; recovery: number }> {
  let replay: (() => Promise<void>) | null = null;
  const live = await processorTime(async () => {
    replay = await alder.execute(program, n);
  });
  return { live, recovery: await processorTime(async () => replay?.()) };
}

async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function onStore(program: Long, n: number): Promise<{ live: number; recovery: number }> {
  const folder = mkdtempSync(join(tmpdir(), "alder-bench-"));
  const path = join(folder, "bench.db");
  try {
    const live = await inProcess(["until-gate", path, program, String(n)]);
    return { live, recovery: await inProcess(["to-end", path, program, String(n)]) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The process says how long it took; then it is killed. */
async function inProcess(parameters: readonly string[]): Promise<number> {
  const child = fork(new URL("./long-workflow-process.ts", import.meta.url), parameters, {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const time = (await nextMessage(child)) as number;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
  return time;
}
