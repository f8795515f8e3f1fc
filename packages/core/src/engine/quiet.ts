/** A promise that fails before anybody awaits it raises no `unhandledRejection`. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
