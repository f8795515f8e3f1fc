import { createStoreClient } from "../client/create-store-client.ts";
import { definitionOf } from "../authoring/definition.ts";
import { decodeInput, decodeOutput } from "../authoring/schema.ts";
import { AlderError } from "../errors/alder-error.ts";
import { StepError } from "../errors/error-data.ts";
import type { Json } from "../internal/json.ts";
import { toJson } from "../internal/canonical-json.ts";
import type { Store } from "../store/store.ts";
import { createWorker, type WorkerOptions } from "./create-worker.ts";

/** What `workflow()` returned, as far as its types matter here. */
export interface RunnableWorkflow<P, O> {
  readonly "~types": { readonly input: P };
  run(...args: never): PromiseLike<O>;
}

export interface RunToEndOptions extends Partial<Omit<WorkerOptions, "store" | "workflows">> {
  /**
   * Names the run: the same program with the same id goes on with the same run, or gives its output if it has ended.
   * The input unless given.
   */
  readonly id?: string;
}

/**
 * Executes a workflow in this process until it has ended, and returns its output. Started again after a crash, it goes
 * on where it was. Throws the run's failure, and `run_cancelled`.
 */
export async function runToEnd<P extends object, O>(
  store: Store,
  workflow: RunnableWorkflow<P, O>,
  input: P,
  { id, ...options }: RunToEndOptions = {},
): Promise<O> {
  const definition = definitionOf(workflow);
  if (definition?.kind !== "workflow") {
    throw new AlderError("bad_workflow", "runWorkflow() takes what workflow() returned as its first argument");
  }
  const json = toJson(input, `The input of workflow "${definition.name}"`);
  decodeInput(definition, json);
  const client = createStoreClient(store);
  const worker = createWorker({ ...options, store, workflows: [workflow] });
  await worker.start();
  try {
    const { run } = await client.start(definition.name, json, { idempotencyKey: id ?? JSON.stringify(json) });
    const view = await client.waitForEnd(run.runId);
    if (view.status === "completed") return decodeOutput(definition, (view.output ?? null) as Json) as O;
    if (view.error !== null) throw new StepError(view.error, run.runId);
    throw new AlderError("run_cancelled", `run ${run.runId} of workflow "${definition.name}" was cancelled`);
  } finally {
    await worker.stop();
  }
}
