/** Reports the address of every module that is loaded after it was registered. */
let port;

export function initialize(data) {
  port = data.port;
}

export async function load(url, context, nextLoad) {
  port.postMessage(url);
  return await nextLoad(url, context);
}
