// Kills at full size: `npm run chaos`, or of one's own, `ALDER_RUNS=500 ALDER_KILLS=50 ALDER_SEED=7 npm run chaos`.
import { spawnSync } from "node:child_process";

const sizes = {
  ALDER_RUNS: "10000",
  ALDER_KILLS: "500",
  ALDER_TIMERS: "5000",
  ALDER_BACKLOG: "10000",
  ALDER_ROUNDS: "12",
  ALDER_RUNS_PER_ROUND: "300",
  ALDER_CALLS: "600",
  ALDER_SEED: String(Date.now() % 1_000_000),
  ...process.env,
};
const files = ["fleet", "redis-dies", "long-sleeps"].map(
  (name) => `packages/core/test/worker/${name}.test.ts`,
);
const steps = [
  ["node", "scripts/setup.mjs", "redis"],
  // One after the other: each is as many processes as there are processors, and more.
  ["npx", "vitest", "run", "--project", "core", "--no-file-parallelism", ...files],
  ["npx", "vitest", "run", "--project", "examples", "examples/03-ingest/test/fleet/limits.test.ts"],
  ["npx", "vitest", "run", "--project", "browser-e2e", "examples/03-ingest/test/browser/ingest.test.ts"],
];
console.log(`seed ${sizes.ALDER_SEED}`);
for (const [command = "", ...given] of steps) {
  const { status } = spawnSync(command, given, {
    stdio: "inherit",
    env: sizes,
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}
