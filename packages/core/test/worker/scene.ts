/** A store for each test, and the workers of it, which are stopped at its end. */
import { createStoreClient, type StoreClient } from "@alder/core/client";
import type { RunView } from "@alder/core/protocol";
import type { Store } from "@alder/core/store";
import { createWorker, type Worker, type WorkerOptions } from "@alder/core/worker";
import { afterEach, beforeEach } from "vitest";
import { openTestStore } from "../store/open-test-store.ts";

export interface WorkerScene {
  readonly store: Store;
  readonly client: StoreClient;
  /** Another than there is. */
  readonly takeStore: (other: Store) => Promise<void>;
  /** In the order in which they were started. */
  readonly workers: readonly Worker[];
  readonly startWorker: (workflows: readonly object[], options?: Partial<WorkerOptions>) => Promise<Worker>;
  /** The first view of the run that is so. Throws if there is none before its end. */
  readonly until: (runId: string, condition: (view: RunView) => boolean) => Promise<RunView>;
}

/** To be called at the top of a file of tests. `graceMs`: of the workers, unless told otherwise. */
export function createWorkerScene({ graceMs }: { readonly graceMs: number }): WorkerScene {
  let store: Store;
  let client: StoreClient;
  let workers: Worker[];
  beforeEach(async () => {
    store = await openTestStore();
    client = createStoreClient(store);
    workers = [];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await store.close();
  });
  return {
    get store() {
      return store;
    },
    get client() {
      return client;
    },
    get workers() {
      return workers;
    },
    async takeStore(other) {
      await store.close();
      store = other;
      client = createStoreClient(store);
    },
    async startWorker(workflows, options = {}) {
      const worker = createWorker({ store, workflows, graceMs, parkAfterMs: 0, ...options });
      workers.push(worker);
      await worker.start();
      return worker;
    },
    async until(runId, condition) {
      for await (const _ of client.follow(runId)) {
        const view = await client.view(runId);
        if (condition(view)) return view;
      }
      throw new Error("the run ended before");
    },
  };
}
