/** How a run looks over HTTP: the fold of its stream, and beside it what no stream can say. */
import type { StoreClient } from "@alder/core/client";
import { hasEnded, type RunStatus, type RunView } from "@alder/core/protocol";
import { countLive } from "./live-workers.ts";

/** Whether anybody is there to execute a run, as of now. Not part of the stream: workers come and go beside it. */
export interface WorkersView {
  /** Live workers that execute the workflow. */
  readonly live: number;
  /** For people; only where a run has not ended and `live` is 0. */
  readonly notice?: string;
}

export type RunRepresentation = RunView & { readonly workers: WorkersView };

/** Throws `unknown_run` and `view_too_large`. */
export async function toRunRepresentation(client: StoreClient, runId: string): Promise<RunRepresentation> {
  const run = await client.run(runId);
  const view = await client.view(runId);
  return { ...view, workers: await toWorkersView(client, { ...run, status: view.status }) };
}

export async function toWorkersView(
  client: StoreClient,
  run: { readonly workflow: string; readonly queue: string; readonly status: RunStatus },
): Promise<WorkersView> {
  const live = countLive(await client.workers(), { name: run.workflow, queue: run.queue });
  if (live > 0 || hasEnded(run.status)) return { live };
  const notice =
    `No worker is live that executes "${run.workflow}" (queue "${run.queue}"): ` +
    "the run is kept, and goes on as soon as one starts.";
  return { live, notice };
}
