/** Whether a run takes a signal. */
import { hasCode } from "../errors/alder-error.ts";
import type { WorkflowManifest } from "../protocol/manifest.ts";
import { hasEnded } from "../protocol/run-view.ts";
import type { Store } from "../store/store.ts";
import { askStore } from "./ask-store.ts";
import { inputClosed, runEnded, unknownSignal } from "./refusals.ts";
import type { SignalOptions, StoreClient } from "./store-client.ts";

interface AddressedSignal extends SignalOptions {
  readonly runId: string;
  readonly name: string;
}

/**
 * The manifest of the run's workflow, if the run takes this signal or took it before: who sends again what was accepted
 * is told that it arrived, whatever has become of the run since.
 */
export async function findReceiver(
  store: Store,
  client: Pick<StoreClient, "run" | "workflow" | "view">,
  { runId, name, id, input }: AddressedSignal,
): Promise<WorkflowManifest> {
  const run = await client.run(runId);
  const isOver = hasEnded(run.status);
  // Asked only where the signal would be refused: the log is read whole.
  const wasTaken = async (): Promise<boolean> =>
    id !== undefined &&
    (await askStore(() => store.readSignals(runId, 0))).some((signal) => signal.id === id);

  if (isOver && !(await wasTaken())) throw runEnded(run);
  const manifest = await client.workflow(run.workflow);
  if (!Object.hasOwn(manifest.signals, name)) throw unknownSignal(name, manifest);
  if (isOver || input === undefined || (await isOpen(client, runId, { name, input }))) return manifest;
  if (!(await wasTaken())) throw inputClosed(runId, input, name);
  return manifest;
}

/** A signal for an input that nobody waits for would be consumed by nobody. */
async function isOpen(
  client: Pick<StoreClient, "view">,
  runId: string,
  { name, input }: { readonly name: string; readonly input: string },
): Promise<boolean> {
  try {
    const { inputs } = await client.view(runId);
    return inputs.some((open) => open.id === input && open.name === name);
  } catch (error) {
    // What cannot be looked up is not refused.
    if (hasCode(error, "view_too_large")) return true;
    throw error;
  }
}
