// Kills at full size: `npm run chaos`, or of one's own, `ALDER_RUNS=500 ALDER_KILLS=50 ALDER_SEED=7 npm run chaos`.
import { spawnSync } from "node:child_process";

const sizes = { ALDER_RUNS: "10000", ALDER_KILLS: "500", ...process.env };
const steps = [
  ["node", "scripts/setup.mjs", "redis"],
  ["npx", "vitest", "run", "--project", "core", "packages/core/test/worker/fleet.test.ts"],
];
for (const [command = "", ...given] of steps) {
  const { status } = spawnSync(command, given, {
    stdio: "inherit",
    env: sizes,
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}
