import { listen, type ListenOptions } from "./api-command.ts";
import { openStore } from "./open-store.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import type { WorkerOptions } from "./worker-command.ts";

export interface DevOptions extends WorkerOptions, ListenOptions {}

/** `alder dev FILE...`: API and worker in one process; returns once both are there. */
export async function runDev(files: readonly string[], options: DevOptions): Promise<void> {
  // With the development build of React its warnings name what is wrong.
  process.env["NODE_ENV"] = "development";
  const { loadWorkflows } = await import("./load-workflows.ts");
  const { createPlainWorker } = await import("./create-plain-worker.ts");
  const loaded = await loadWorkflows(files);
  const { store, place } = await openStore(options);
  const { concurrency, grace: graceMs } = options;
  const worker = createPlainWorker(store, loaded.workflows, { concurrency, graceMs, dev: true });
  const server = await listen(store, options);
  stopOnSignal(graceMs, async () => {
    // First the worker: open streams bring what it still writes.
    await worker.stop();
    await server.close({ graceMs: 1000 });
    await store.close();
  });
  await worker.start();
  console.log(`Serving ${server.url}`);
  console.log(`Executing ${loaded.names.join(", ")} of ${files.join(", ")}`);
  console.log(`Runs are in ${place}`);
  console.log("Ctrl-C stops it; runs go on at the next start");
}
