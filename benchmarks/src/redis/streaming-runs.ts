/** A worker whose runs stream, an API, and processes that read from it. */
import { createStoreClient } from "@alder/core/client";
import { createRedisStore } from "@alder/core/redis";
import { startChild, type Child } from "./processes/child.ts";

export interface Scene {
  readonly worker: Child;
  readonly api: Child;
  readonly readers: Child;
  /** URLs of the streams of the runs, of which none has begun to stream. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export interface SceneOptions {
  readonly url: string;
  readonly runs: number;
  readonly ticks: { readonly count: number; readonly everyMs: number };
}

/** Readers are there before the runs stream: the worker is started by `begin`. */
export async function openScene({ url, runs, ticks }: SceneOptions): Promise<Scene> {
  const store = createRedisStore({ url });
  // It makes the workflows known.
  const worker = await startChild("worker.ts", { url, concurrency: runs });
  const client = createStoreClient(store);
  const api = await startChild("api.ts", { url });
  const readers = await startChild("readers.ts", {});
  const address = await api.ask<string>("url");
  const urls: string[] = [];
  for (let index = 0; index < runs; index++) {
    const { run } = await client.start("stream", ticks);
    urls.push(`${address}/runs/${run.runId}/events`);
  }
  return {
    worker,
    api,
    readers,
    urls,
    async stop() {
      await Promise.all([readers.stop(), api.stop(), worker.stop(), store.close()]);
    },
  };
}
