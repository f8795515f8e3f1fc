// Starts what would be started by systemd or Kubernetes elsewhere, and a process that ends is started again: kill any.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRedisStore } from "@alder/core/redis";
import { chooseModel } from "../start/choose-model.ts";
import { buildPage, pageFolder } from "../start/build-page.ts";
import { printRuns } from "../start/print-runs.ts";
import { readSettings } from "../start/settings.ts";
import { findFreePorts } from "./free-ports.ts";
import { keepAlive, type KeptProcess } from "./keep-alive.ts";
import { startOwnRedis } from "./own-redis.ts";
import { startRoundRobin } from "./round-robin.ts";

const apiCount = 2;
const workerCount = 3;

const workflows = fileURLToPath(new URL("../article.tsx", import.meta.url));
// In a project of your own: `npx alder`.
const alder = fileURLToPath(new URL("../../../../packages/server/src/cli/main.ts", import.meta.url));
const fromSources = ["--conditions=alder-source", "--import", "tsx", alder];

export async function startOnRedis(): Promise<void> {
  const { port, dataFolder, tokenDelayMs, redisUrl } = readSettings(process.env);
  if (await buildPage()) console.log("Built the page");

  const apiPorts = await findFreePorts(apiCount);
  const proxy = await startRoundRobin(port, apiPorts);
  const model = await chooseModel(tokenDelayMs);
  const own = redisUrl === undefined ? await startOwnRedis(join(dataFolder, "redis")) : undefined;
  const url = redisUrl ?? own!.url;
  const environment = { ...process.env, REDIS_URL: url };

  const run = (name: string, given: readonly string[]): KeptProcess =>
    keepAlive(name, [...fromSources, ...given], environment);
  const workers = Array.from({ length: workerCount }, (_, index) =>
    run(`worker ${index + 1}`, ["worker", workflows]),
  );
  const apis = apiPorts.map((apiPort, index) =>
    run(`api ${index + 1}`, ["api", "--port", `${apiPort}`, "--assets", pageFolder]),
  );
  await Promise.all([...workers, ...apis].map(({ ready }) => ready));

  const stopping = new AbortController();
  const store = createRedisStore({ url });
  console.log(`
  Page    http://127.0.0.1:${proxy.port}
  API     ${apiPorts.map((apiPort) => `http://127.0.0.1:${apiPort}`).join(", ")}, in turn behind the page's address
  Redis   ${new URL(url).host}${own ? `, a server of its own, in ${dataFolder}` : ""}

  Kill any of these processes with kill -9. Ctrl-C ends them all; runs go on at the next start.
`);
  await printRuns(store, stopping.signal, (line) => console.log(line));

  const stop = async (): Promise<void> => {
    console.log(
      "Stopping: steps may end, runs go on at the next start (the same signal again stops at once)",
    );
    stopping.abort();
    // First the workers: open streams bring what they still write.
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all(apis.map((api) => api.stop()));
    proxy.close();
    await store.close();
    await Promise.all([own?.stop(), model?.close()]);
    process.exit(0);
  };
  stopOnSignal(stop);
}

/** Ctrl-C reaches this process from the terminal, and by npm once more: that is one. */
const sameSignalMs = 250;

/** The second signal ends this process at once, and with it the others, which are killed as it exits. */
function stopOnSignal(stop: () => Promise<void>): void {
  let firstAt: number | undefined;
  const handle = (): void => {
    if (firstAt === undefined) void stop();
    else if (performance.now() - firstAt > sameSignalMs) process.exit(1);
    firstAt ??= performance.now();
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
}
