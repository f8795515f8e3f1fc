/** Reports the address of every module that is loaded after it was registered. */

/** @type {import("node:worker_threads").MessagePort | undefined} */
let port;

/** @type {import("node:module").InitializeHook<{ port: import("node:worker_threads").MessagePort }>} */
export function initialize(data) {
  port = data.port;
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  port?.postMessage(url);
  return await nextLoad(url, context);
}
