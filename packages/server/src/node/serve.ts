import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { AlderError } from "@alder/core/protocol";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { createApp, type AppOptions } from "../app.ts";
import { parseHost } from "../security/hosts.ts";
import { addAssets } from "./assets.ts";
import { createGentleClose } from "./close-gently.ts";

/** Room for the metadata of a run, 16 KiB of JSON, with what is not ASCII escaped, and for all other headers. */
const HEADERS_LIMIT_BYTES = 80 * 1024;

export interface ServeOptions extends Omit<AppOptions, "signal"> {
  /** 4600 where absent; 0 for any that is free. */
  readonly port?: number;
  /** Where to listen; 127.0.0.1 where absent, so that only this machine is answered. */
  readonly hostname?: string;
  /** A folder of files to serve beside the API; its `index.html` answers `/`. */
  readonly assets?: string;
}

export interface ApiServer {
  readonly app: Hono;
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
  /**
   * Ends open streams, whose readers come back with their cursors, takes no more requests, and cuts what has not ended
   * after `graceMs` (5 s where absent). Leaves the store open.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Serves the API over HTTP. Throws `port_in_use` and `bad_address` when it cannot listen, and `bad_setting`. */
export async function serve(options: ServeOptions): Promise<ApiServer> {
  const { port = 4600, hostname = "127.0.0.1", assets, allowedHosts = [], ...appOptions } = options;
  const closing = new AbortController();
  // Whoever listens on a name or an address goes by it.
  const ownNames = [toUrlHost(hostname)].filter(parseHost);
  const app = createApp({
    ...appOptions,
    signal: closing.signal,
    allowedHosts: allowedHosts === "any" ? "any" : [...allowedHosts, ...ownNames],
  });
  if (assets !== undefined) addAssets(app, assets);

  // The plain http server: it serves HTTP/1.1 to proxies and browsers alike.
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: HEADERS_LIMIT_BYTES },
  }) as Server;
  const closeGently = createGentleClose(server);
  const address = await listen(server, port, hostname);
  return {
    app,
    port: address.port,
    url: `http://${toUrlHost(hostname)}:${address.port}`,
    close: ({ graceMs = 5000 } = {}) => {
      closing.abort();
      return closeGently(graceMs);
    },
  };
}

function listen(server: Server, port: number, hostname: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE";
      const message = isTaken
        ? `Port ${port} of ${hostname} is in use: stop the program that has it, or choose another port.`
        : `Cannot listen on ${hostname}:${port} (${cause.code ?? cause.message}): choose another address.`;
      reject(new AlderError(isTaken ? "port_in_use" : "bad_address", message, { cause }));
    });
    server.listen(port, hostname, () => resolve(server.address() as AddressInfo));
  });
}

/** An IPv6 address stands in brackets in a URL. */
function toUrlHost(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
