import type { Store } from "@alder/core/store";
import { createWorker, type Worker } from "@alder/core/worker";
import { createTrouble } from "./tell-trouble.ts";

export interface ExecutionOptions {
  readonly concurrency: number;
  readonly graceMs: number;
  readonly dev: boolean;
}

/** A worker that tells of its troubles and of failed runs in lines. It is not started. */
export function createPlainWorker(
  store: Store,
  workflows: readonly object[],
  options: ExecutionOptions,
): Worker {
  const printError = (line: string): void => console.error(line);
  return createWorker({
    ...options,
    store,
    workflows,
    onError: createTrouble(printError, () => performance.now()),
    onRunFailed: ({ runId, workflow }, error) => {
      const { message, code } = error as { readonly message?: string; readonly code?: string | null };
      const tail = code === null || code === undefined ? "" : ` (${code})`;
      printError(`Run ${runId} of ${workflow} failed: ${message ?? String(error)}${tail}`);
    },
  });
}
