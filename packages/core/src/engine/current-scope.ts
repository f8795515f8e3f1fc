/** Which scope the code that is executing belongs to. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { AsyncScope } from "./async-scope.ts";

const storage = new AsyncLocalStorage<AsyncScope | null>();

export function inScope<T, P extends unknown[]>(
  scope: AsyncScope,
  run: (...parameters: P) => T,
  ...parameters: P
): T {
  return storage.run(scope, run, ...parameters);
}

/** React renders and effects belong to no scope, whatever made them happen. */
export function outsideScopes<T>(run: () => T): T {
  return storage.run(null, run);
}

export function currentScope(): AsyncScope | null {
  return storage.getStore() ?? null;
}
