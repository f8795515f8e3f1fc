import { openStore, type StoreOptions } from "./open-store.ts";
import { stopOnSignal } from "./stop-on-signal.ts";

export interface WorkerOptions extends StoreOptions {
  readonly concurrency: number;
  /** In milliseconds. */
  readonly grace: number;
}

/** `alder worker FILE...`: returns once it claims. */
export async function runWorker(files: readonly string[], options: WorkerOptions): Promise<void> {
  // React decides at its first import which build it is, and the author's modules may import it.
  process.env["NODE_ENV"] = "production";
  const { loadWorkflows } = await import("./load-workflows.ts");
  const { createPlainWorker } = await import("./create-plain-worker.ts");
  const loaded = await loadWorkflows(files);
  const { store, place } = await openStore(options);
  const { concurrency, grace: graceMs } = options;
  const worker = createPlainWorker(store, loaded.workflows, { concurrency, graceMs, dev: false });
  stopOnSignal(graceMs, async () => {
    await worker.stop();
    await store.close();
  });
  await worker.start();
  console.log(
    `Executing ${loaded.names.join(", ")} of ${files.join(", ")}, up to ${concurrency} runs at a time`,
  );
  console.log(`Runs are in ${place}`);
  console.log(`Ctrl-C or SIGTERM stops it: steps have ${graceMs / 1000} s to end, then other workers go on`);
}
