/** Workers of which there are always as many: one that is killed is replaced. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "vite";

export interface FleetSettings {
  readonly url: string;
  readonly ledgerFile: string;
  readonly size: number;
  /** Runs at once on each. */
  readonly concurrency: number;
  /** Of their leases, in milliseconds; 1,500 unless given. */
  readonly leaseMs?: number;
}

export interface Fleet {
  readonly kills: number;
  /** Resolves once all of them claim. */
  start(): Promise<void>;
  /** Kills one of those that have worked for a while; waits where there is none. `chance`: from 0 to below 1. */
  kill(chance: number): Promise<void>;
  stop(): Promise<void>;
}

/** A worker is not killed before it could have done something. */
const LIFE_MS = 400;
const conditions = ["alder-source", "module", "node", "production"];
/** Where what the program imports is found from. */
const output = fileURLToPath(new URL("../../../../../node_modules/.alder-fleet/", import.meta.url));
let bundled: Promise<string> | undefined;

export async function createFleet(settings: FleetSettings): Promise<Fleet> {
  const { url, ledgerFile, size, concurrency, leaseMs = 1_500 } = settings;
  const program = await (bundled ??= bundle());
  /** Until when they are spared; undefined until they claim. */
  const workers = new Map<ChildProcess, number | undefined>();
  let kills = 0;

  const spawnOne = (): Promise<void> => {
    const worker = spawn(process.execPath, [program, url, ledgerFile, `${concurrency}`, `${leaseMs}`], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    workers.set(worker, undefined);
    return new Promise((resolve) => {
      worker.stdout.once("data", () => {
        workers.set(worker, performance.now() + LIFE_MS);
        resolve();
      });
      // One that was started while Redis was away, and gave up, is started again, as by whatever keeps processes up.
      worker.once("exit", () => workers.delete(worker) && resolve(spawnOne()));
    });
  };
  const end = async (worker: ChildProcess): Promise<void> => {
    workers.delete(worker);
    const exited = once(worker, "exit");
    worker.kill("SIGKILL");
    await exited;
  };
  const old = (): readonly ChildProcess[] =>
    [...workers.keys()].filter((worker) => (workers.get(worker) ?? Infinity) < performance.now());

  return {
    get kills() {
      return kills;
    },
    start: async () => void (await Promise.all(Array.from({ length: size }, spawnOne))),
    async kill(chance) {
      while (old().length === 0) await pause(20);
      await end(old()[Math.floor(chance * old().length)]!);
      kills += 1;
      void spawnOne();
    },
    stop: async () => void (await Promise.all([...workers.keys()].map(end))),
  };
}

/** As one file: a process that lives for less than a second cannot compile its sources first. */
async function bundle(): Promise<string> {
  const name = `worker-${process.pid}`;
  await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions },
    ssr: { noExternal: [/^@alder\//], resolve: { conditions } },
    build: {
      ssr: fileURLToPath(new URL("../programs/fleet.tsx", import.meta.url)),
      outDir: output,
      emptyOutDir: false,
      minify: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return `${output}${name}.mjs`;
}
