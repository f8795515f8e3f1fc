import { createStoreClient } from "../client/create-store-client.ts";
import type { StoreClient } from "../client/store-client.ts";
import { definitionOf } from "../authoring/definition.ts";
import { decodeInput, decodeOutput } from "../authoring/schema.ts";
import { AlderError } from "../errors/alder-error.ts";
import { StepError } from "../errors/error-data.ts";
import type { Json } from "../internal/json.ts";
import type { RunView } from "../protocol/run-view.ts";
import { canonicalJson, toJson } from "../internal/canonical-json.ts";
import type { Store } from "../store/store.ts";
import { createWorker, type WorkerOptions } from "./create-worker.ts";

/** What `workflow()` returned, as far as its types matter here. */
export interface RunnableWorkflow<P, O> {
  readonly "~types": { readonly input: P };
  run(...args: never): PromiseLike<O>;
}

export interface RunToEndOptions extends Partial<Omit<WorkerOptions, "store" | "workflows">> {
  /**
   * Names the run: with the same id, the program goes on with the same run, and gives its output if it has ended. Without
   * one it goes on with a run of the same input that has not ended, and starts a new one where there is none.
   */
  readonly id?: string;
}

/**
 * Executes a workflow in this process until it has ended, and returns its output. Started again after a crash, it goes
 * on where it was. Throws the run's failure, `run_cancelled`, and `run_blocked` where this code would execute again, with
 * other props, what has finished.
 */
export async function runToEnd<P extends object, O>(
  store: Store,
  workflow: RunnableWorkflow<P, O>,
  input: P,
  { id, ...workerOptions }: RunToEndOptions = {},
): Promise<O> {
  const definition = definitionOf(workflow);
  if (definition?.kind !== "workflow") {
    throw new AlderError(
      "bad_workflow",
      "runWorkflow() takes what workflow() returned as its first argument",
    );
  }
  const json = toJson(input, `The input of workflow "${definition.name}"`);
  decodeInput(definition, json);
  const client = createStoreClient(store);
  const blocked = createBlockedWatch();
  const onEvent: WorkerOptions["onEvent"] = (runId, event) => {
    if (event.type === "run.blocked") blocked.note(runId);
    workerOptions.onEvent?.(runId, event);
  };
  const worker = createWorker({ ...workerOptions, store, workflows: [workflow], onEvent });
  await worker.start();
  try {
    const unfinished = id === undefined ? await findUnfinished(client, definition.name, json) : undefined;
    const options = id === undefined ? {} : { idempotencyKey: id };
    const runId = unfinished ?? (await client.start(definition.name, json, options)).run.runId;
    const view = await client.waitForEnd(runId, { signal: blocked.signalOf(runId) });
    if (view.status === "blocked") throw runBlocked(view);
    if (view.status === "completed") return decodeOutput(definition, view.output ?? null) as O;
    if (view.error !== null) throw new StepError(view.error, runId);
    throw new AlderError("run_cancelled", `run ${runId} of workflow "${definition.name}" was cancelled`);
  } finally {
    await worker.stop();
  }
}

interface BlockedWatch {
  readonly note: (runId: string) => void;
  /** Aborted once the run is blocked, by this worker. */
  readonly signalOf: (runId: string) => AbortSignal;
}

/** What the store says of a run may be of an earlier program: that was blocked, and this one has just taken it. */
function createBlockedWatch(): BlockedWatch {
  const controllers = new Map<string, AbortController>();
  const controllerOf = (runId: string): AbortController => {
    const controller = controllers.get(runId) ?? new AbortController();
    controllers.set(runId, controller);
    return controller;
  };
  return {
    note: (runId) => controllerOf(runId).abort(),
    signalOf: (runId) => controllerOf(runId).signal,
  };
}

function runBlocked({ runId, workflow, blocked }: RunView): AlderError {
  const why = blocked?.message ?? "its code has changed";
  return new AlderError(
    "run_blocked",
    `run ${runId} of workflow "${workflow}" is blocked: ${why} Or give onDivergence: "rerun", and the step is executed again.`,
    { details: { runId, divergence: blocked?.divergence ?? null } },
  );
}

/** The newest run of the workflow with this input that has not ended. */
async function findUnfinished(
  client: StoreClient,
  workflow: string,
  input: Json,
): Promise<string | undefined> {
  const wanted = canonicalJson(input, "input");
  for (const status of ["queued", "running", "waiting", "blocked"] as const) {
    const { runs } = await client.list({ workflow, status, limit: 100 });
    for (const { runId } of runs) {
      const run = await client.run(runId);
      if (canonicalJson(run.input, "input") === wanted) return runId;
    }
  }
  return undefined;
}
