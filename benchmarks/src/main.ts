/** `npm run bench [names]`: each prints a ratio against a floor or a peer, or a figure that must stay flat, of one run. */
import { spawnSync } from "node:child_process";

process.env["NODE_ENV"] = "production"; // before React is loaded

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  append: async () => (await import("./store-append.ts")).benchStoreAppend(),
  claim: async () => (await import("./claims.ts")).benchClaims(),
  step: async () => (await import("./durable-step.ts")).benchDurableStep(),
  engine: async () => (await import("./compare-engines.ts")).compareEngines(),
  cache: async () => (await import("./cached-step.ts")).benchCache(),
  fallback: async () => (await import("./step-fallback.ts")).benchFallback(),
  memory: async () => (await import("./memory-per-run.ts")).benchMemory(),
  finished: async () => (await import("./finished-run.ts")).benchFinishedRun(),
  long: async () => (await import("./long-workflows.ts")).benchLongWorkflows(),
  limited: async () => (await import("./limited-step.ts")).benchLimitedStep(),
  limits: async () => (await import("./limits.ts")).benchEmbeddedLimits(),
  fold: async () => (await import("./fold.ts")).benchFold(),
  history: async () => (await import("./fold.ts")).benchHistory(),
  // With React's development build, so in another process.
  replay: async () => {
    const options = ["--conditions=alder-source", "--import", "tsx", "src/replay-check.ts"];
    const env = { ...process.env, NODE_ENV: "development" };
    spawnSync(process.execPath, options, { env, stdio: "inherit" });
  },
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(BENCHMARKS)) {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined)
    throw new Error(`no benchmark "${name}": there are ${Object.keys(BENCHMARKS).join(", ")}`);
  await benchmark();
}
