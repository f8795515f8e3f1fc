/** Loads the server, makes an app, and prints every module that was loaded on the way. */
import { createRequire, register } from "node:module";
import { MessageChannel } from "node:worker_threads";
import type { Store } from "@alder/core/store";

const LAST = "data:text/javascript,export{}";

const { port1, port2 } = new MessageChannel();
const loaded: string[] = [];
const isOver = new Promise<void>((resolve) => {
  port1.on("message", (url: string) => {
    if (url === LAST) resolve();
    else loaded.push(url);
  });
});
register("./loader.mjs", { parentURL: import.meta.url, data: { port: port2 }, transferList: [port2] });

const { createApp } = await import("@alder/server");
createApp({ store: {} as Store });

await import(LAST);
await isOver;
const commonJs = Object.keys(createRequire(import.meta.url).cache);
console.log(JSON.stringify([...loaded, ...commonJs]));
port1.close();
