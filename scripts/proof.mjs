/**
 * The proof machine in full: `npm run proof -- --programs 5000 --crashed 500 --changed 40 --seed 1`, in two processes, one of them with
 * React for development and every second program in StrictMode, the other with React for production. What fails is made
 * small and kept in packages/core/test/engine/proof/cases. `npm run proof -- --redis` has the runs in Redis, as workers do.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    programs: { type: "string" },
    crashed: { type: "string" },
    changed: { type: "string" },
    seed: { type: "string", default: "1" },
    redis: { type: "boolean", default: false },
  },
});
// Code that has changed is told by the journal alone: wherever it is kept.
const usual = values.redis ? [600, 60, 0] : [5000, 500, 40];
const programs = Number(values.programs ?? usual[0]);
const crashed = Number(values.crashed ?? usual[1]);
const changed = Math.ceil(Number(values.changed ?? usual[2]) / 2);
const seed = Number(values.seed);
const folder = new URL("../packages/core/test/engine/proof/", import.meta.url);
const startedAt = Date.now();

/** @type {Record<string, number>} */
const totals = {};
const half = Math.ceil(programs / 2);
await Promise.all([
  prove("production", seed, seed + half - 1, Math.ceil(crashed / 2), changed),
  prove("development", seed + half, seed + programs - 1, Math.floor(crashed / 2), changed),
]);
const seconds = Math.round((Date.now() - startedAt) / 1000);
console.log(
  [
    `seeds ${seed} to ${seed + programs - 1}, ${seconds} s`,
    `${totals.programs} programs (${totals.completed} complete, ${totals.failed} fail, ${totals.ties} left out: two things at one instant)`,
    `${totals.crashed} of them stopped at every write: ${totals.recoveries} recoveries, ${totals.lives} lives in all`,
    `${totals.edits} edits between a crash and the recovery`,
    `${totals.problems} problems`,
  ].join("\n"),
);
process.exitCode = totals.problems === 0 && totals.programs === programs ? 0 : 1;

/** One process's share. */
async function prove(/** @type {string} */ mode, /** @type {number[]} */ ...share) {
  const program = new URL("run-share.ts", folder).pathname;
  const args = ["--conditions=alder-source", "--import", "tsx", program, ...share.map(String)];
  const env = { ...process.env, NODE_ENV: mode, ALDER_TEST_STORE: values.redis ? "redis" : "memory" };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line);
    if (told.totals) for (const [name, count] of Object.entries(told.totals)) add(name, count);
    else keep(told);
  }
}

function add(/** @type {string} */ name, /** @type {number} */ count) {
  totals[name] = (totals[name] ?? 0) + count;
}

function keep(/** @type {{ seed: number; problems: string[]; program?: unknown }} */ failure) {
  if (failure.program === undefined)
    return console.log(`seed ${failure.seed}\n  ${failure.problems.join("\n  ")}`);
  console.log(`seed ${failure.seed}\n  ${failure.problems.join("\n  ")}`);
  writeFileSync(
    new URL(`cases/seed-${failure.seed}.json`, folder),
    `${JSON.stringify(failure.program, null, 2)}\n`,
  );
}
