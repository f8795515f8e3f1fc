/** `@alder/core/worker`: the compute plane. */
import { runToEnd, type RunnableWorkflow, type RunToEndOptions } from "./worker/run-to-end.ts";

export type { ReplayDifference, ReplayedStep } from "./engine/replay-run.ts";
export { createWorker, type FailedRun, type Worker, type WorkerOptions } from "./worker/create-worker.ts";
export { workflowName } from "./worker/workflow-name.ts";
export type { RunnableWorkflow } from "./worker/run-to-end.ts";

export interface RunWorkflowOptions extends RunToEndOptions {
  /** Path of the embedded store's file; `".alder/alder.db"` unless given. */
  readonly file?: string;
}

/**
 * Executes a workflow in this process, on the embedded store, until it has ended, and returns its output. Killed and
 * started again, it goes on where it was. Throws the run's failure.
 *
 * @example
 * const article = await runWorkflow(Article, { topic: "alders" });
 */
export async function runWorkflow<P extends object, O>(
  workflow: RunnableWorkflow<P, O>,
  input: P,
  { file = ".alder/alder.db", ...options }: RunWorkflowOptions = {},
): Promise<O> {
  const { createSqliteStore } = await import("./sqlite.ts");
  const store = createSqliteStore({ path: file });
  try {
    return await runToEnd(store, workflow, input, options);
  } finally {
    await store.close();
  }
}
