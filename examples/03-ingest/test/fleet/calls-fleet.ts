// Three worker processes, two model servers and a store, for tests of what holds over all workers together.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStoreClient, type StoreClient } from "@alder/core/client";
import type { Store } from "@alder/core/store";
import { chooseFile, chooseRedis } from "../../../shared/processes/choose-store.ts";
import { startModelServer, type ModelServer } from "../../../shared/model-server/model-server.ts";

export interface CallsFleet {
  readonly client: StoreClient;
  readonly store: Store;
  readonly a: ModelServer;
  readonly b: ModelServer;
  /** How long a model takes for each token from now on. */
  slowDown(model: ModelServer, tokenDelayMs: number): Promise<void>;
  /** Kills the worker of that name, as permits and runs tell it; it is not started again. */
  kill(worker: string): void;
  stop(): Promise<void>;
}

const alder = fileURLToPath(new URL("../../../../packages/server/src/cli/main.ts", import.meta.url));
const workflows = fileURLToPath(new URL("programs/calls.tsx", import.meta.url));

export async function startCallsFleet(kind: "redis" | "file"): Promise<CallsFleet> {
  const folder = await mkdtemp(join(tmpdir(), "alder-calls-"));
  const [a, b] = await Promise.all([1, 2].map(() => startModelServer({ tokenDelayMs: 1 })));
  const chosen = kind === "redis" ? await chooseRedis(undefined, folder) : chooseFile(folder);
  const models = { MODEL_A_URL: a!.baseUrl, MODEL_B_URL: b!.baseUrl };
  const environment = { ...process.env, ...chosen.environment, ...models };
  // Six runs at a time are two for each worker.
  const given = [
    "--conditions=alder-source",
    "--import",
    "tsx",
    alder,
    "worker",
    workflows,
    "--concurrency",
    "2",
    ...chosen.given,
  ];
  const workers = await Promise.all([1, 2, 3].map(() => startWorker(given, environment)));
  const store = await chosen.open();
  return {
    client: createStoreClient(store),
    store,
    a: a!,
    b: b!,
    async slowDown({ url }, tokenDelayMs) {
      await fetch(`${url}/control`, { method: "POST", body: JSON.stringify({ tokenDelayMs }) });
    },
    kill(worker) {
      const pid = Number(/-(\d+)-\w+$/.exec(worker)?.[1]);
      workers.find((child) => child.pid === pid)!.kill("SIGKILL");
    },
    async stop() {
      await Promise.all(workers.map(endWorker));
      await store.close();
      await Promise.all([chosen.stop(), a!.close(), b!.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startWorker(given: readonly string[], env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, given, { env, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((ready, failed) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (/^Executing /m.test(text)) ready();
    });
    child.once("exit", (code) => failed(new Error(`A worker ended with ${code}`)));
  });
  return child;
}

async function endWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
