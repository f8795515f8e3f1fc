/** A real server over a socket, behind a network that can fail, and a worker made of calls. */
import type { Store } from "@alder/core/store";
import { serve, type ApiServer } from "@alder/server";
import {
  articleManifest,
  createHandWorker,
  overlay,
  type HandRun,
} from "../../../core/test/client/hand-worker.ts";
import { openForOther, openTestStore } from "../../../core/test/store/open-test-store.ts";
import { createFlakyProxy, type FlakyProxy } from "./flaky-proxy.ts";

export interface RealApi {
  readonly url: string;
  readonly store: Store;
  readonly network: FlakyProxy;
  /** How many streams readers have opened, in all. */
  streamsOpened(): number;
  streamsOpen(): number;
  /** Starts a run and takes it. */
  run(): Promise<HandRun>;
  /** Takes a run that somebody else has started. */
  take(): Promise<HandRun>;
  stop(): Promise<void>;
  /** Serves again, on the address it had. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function createRealApi(): Promise<RealApi> {
  let opened = 0;
  let open = 0;
  const inner = await openTestStore();
  const watchRun: Store["watchRun"] = (runId, onChange) => {
    opened += 1;
    open += 1;
    const unwatch = inner.watchRun(runId, onChange);
    return () => {
      open -= 1;
      unwatch();
    };
  };
  const store = overlay(inner, { watchRun });
  await store.publishManifests([articleManifest]);
  const worker = createHandWorker(await openForOther(inner));
  await worker.appear();
  const network = await createFlakyProxy();
  let server: ApiServer | null = null;

  const api: RealApi = {
    url: network.url,
    store,
    network,
    streamsOpened: () => opened,
    streamsOpen: () => open,
    run: async () => {
      await store.createRun({ workflow: "article", queue: "default", input: { topic: "alders" } });
      return await worker.take();
    },
    take: () => worker.take(),
    stop: async () => {
      network.target = null;
      await server?.close({ graceMs: 100 });
      server = null;
    },
    start: async () => {
      server = await serve({ store, port: 0, onError: () => {} });
      network.target = server.port;
    },
    close: async () => {
      await network.close();
      await api.stop();
      await store.close();
    },
  };
  await api.start();
  return api;
}

/** All the bytes of a finished run's stream. */
export async function recordStream(api: RealApi, runId: string, query = ""): Promise<Uint8Array> {
  const response = await fetch(`${api.url}/runs/${runId}/events${query}`, {
    headers: { accept: "text/event-stream" },
  });
  return new Uint8Array(await response.arrayBuffer());
}
