// Starts what would be started by systemd or Kubernetes elsewhere, and a process that ends is started again: kill any.
import { fileURLToPath } from "node:url";
import type { ChosenStore } from "./choose-store.ts";
import { findFreePorts } from "./free-ports.ts";
import { keepAlive, type KeptProcess } from "./keep-alive.ts";
import { startRoundRobin } from "./round-robin.ts";

export interface FleetOptions {
  /** The module whose workflows the workers execute. */
  readonly workflows: string;
  readonly apis: number;
  readonly workers: number;
  /** Of the address that stands for all APIs; 0 takes a free one. */
  readonly port: number;
  /** Folder of the page. */
  readonly assets: string;
  readonly store: ChosenStore;
}

export interface Fleet {
  readonly url: string;
  readonly apiUrls: readonly string[];
  /** The workers first: open streams bring what they still write. */
  stop(): Promise<void>;
}

// In a project of your own: `npx alder`.
const alder = fileURLToPath(new URL("../../../packages/server/src/cli/main.ts", import.meta.url));
const fromSources = ["--conditions=alder-source", "--import", "tsx", alder];

/** Resolves once all of them are at work. Throws `SettingError`. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { workflows, apis, workers, port, assets, store } = options;
  const apiPorts = await findFreePorts(apis);
  const proxy = await startRoundRobin(port, apiPorts);

  const environment = { ...process.env, ...store.environment };
  const run = (name: string, given: readonly string[]): KeptProcess =>
    keepAlive(name, [...fromSources, ...given, ...store.given], environment);
  const keptWorkers = Array.from({ length: workers }, (_, index) =>
    run(`worker ${index + 1}`, ["worker", workflows]),
  );
  const keptApis = apiPorts.map((apiPort, index) =>
    run(`api ${index + 1}`, ["api", "--port", `${apiPort}`, "--assets", assets]),
  );
  await Promise.all([...keptWorkers, ...keptApis].map(({ ready }) => ready));

  return {
    url: `http://127.0.0.1:${proxy.port}`,
    apiUrls: apiPorts.map((apiPort) => `http://127.0.0.1:${apiPort}`),
    async stop() {
      await Promise.all(keptWorkers.map((worker) => worker.stop()));
      await Promise.all(keptApis.map((api) => api.stop()));
      proxy.close();
    },
  };
}
