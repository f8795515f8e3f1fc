import type { Store } from "@alder/core/store";
import { serve, type ApiServer } from "../node/serve.ts";
import { openStore, type StoreOptions } from "./open-store.ts";
import { stopOnSignal } from "./stop-on-signal.ts";

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly assets?: string;
}

export interface ApiOptions extends StoreOptions, ListenOptions {
  /** In milliseconds. */
  readonly grace: number;
}

/** `alder api`: returns once it serves. */
export async function runApi(options: ApiOptions): Promise<void> {
  const { store, place } = await openStore(options);
  const server = await listen(store, options);
  const { grace: graceMs } = options;
  stopOnSignal(graceMs, async () => {
    await server.close({ graceMs });
    await store.close();
  });
  console.log(`Serving ${server.url}`);
  console.log(`Runs are in ${place}`);
  console.log("Ctrl-C or SIGTERM stops it; readers of streams go on at any other API process");
}

/** Serves the API on a store; closes the store where it cannot. */
export async function listen(store: Store, options: ListenOptions): Promise<ApiServer> {
  const { port, host, allowHost = [], allowOrigin = [], assets } = options;
  try {
    return await serve({
      store,
      port,
      hostname: host,
      allowedHosts: allowHost.includes("any") ? "any" : allowHost,
      allowedOrigins: allowOrigin,
      ...(assets !== undefined && { assets }),
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}
