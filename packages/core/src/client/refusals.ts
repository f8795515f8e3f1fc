/** The errors of requests that name something which is not there, or not there any more. */
import { AlderError } from "../errors/alder-error.ts";
import type { WorkflowManifest } from "../protocol/manifest.ts";
import type { RunRecord } from "../store/store.ts";

export function unknownRun(runId: string): AlderError {
  return new AlderError(
    "unknown_run",
    `There is no run "${clip(runId)}": it was never started in this store, or it ended so long ago that it was deleted.`,
    { details: { runId: clip(runId) } },
  );
}

export function unknownWorkflow(name: string, manifests: readonly WorkflowManifest[]): AlderError {
  const known = manifests.map((manifest) => manifest.name).toSorted();
  const hint =
    known.length === 0
      ? "No worker has published any yet: start one."
      : `Known are ${known.map((each) => `"${each}"`).join(", ")}.`;
  return new AlderError("unknown_workflow", `There is no workflow "${clip(name)}". ${hint}`, {
    details: { workflow: clip(name), known },
  });
}

export function unknownSignal(name: string, manifest: WorkflowManifest): AlderError {
  const known = Object.keys(manifest.signals).toSorted();
  const hint =
    known.length === 0 ? "It declares none." : `It declares ${known.map((each) => `"${each}"`).join(", ")}.`;
  return new AlderError(
    "unknown_signal",
    `The workflow "${manifest.name}" declares no signal "${clip(name)}". ${hint}`,
    { details: { workflow: manifest.name, signal: clip(name), known } },
  );
}

export function runEnded({ runId, status }: Pick<RunRecord, "runId" | "status">): AlderError {
  return new AlderError(
    "run_ended",
    `Run "${runId}" has ended (${status}): it takes no more signals and cannot be cancelled. ` +
      (status === "completed" ? "Start a new run." : "Retry it, or start a new run."),
    { details: { runId, runStatus: status } },
  );
}

export function runNotBlocked({ runId, status }: Pick<RunRecord, "runId" | "status">): AlderError {
  return new AlderError(
    "run_not_blocked",
    `Run "${runId}" is not blocked (${status}): there is nothing to accept. It may have been accepted before, or go on ` +
      "with other code.",
    { details: { runId, runStatus: status } },
  );
}

export function runUnfinished({ runId, status }: Pick<RunRecord, "runId" | "status">): AlderError {
  const hint =
    status === "blocked"
      ? "Accept what it is blocked by, or start a worker with the code put back."
      : "It goes on by itself, or has been retried before.";
  return new AlderError("run_unfinished", `Run "${runId}" has not ended (${status}). ${hint}`, {
    details: { runId, runStatus: status },
  });
}

export function runCompleted(runId: string): AlderError {
  return new AlderError(
    "run_completed",
    `Run "${runId}" has completed: there is nothing to try again. Start a new run.`,
    { details: { runId, runStatus: "completed" } },
  );
}

export function inputClosed(runId: string, input: string, signal: string): AlderError {
  return new AlderError(
    "input_closed",
    `Run "${runId}" has no open input "${clip(input)}" for the signal "${signal}": it was answered before, or is not ` +
      "waited for. Look at the inputs of the run's view, or send the signal without naming one.",
    { details: { runId, input: clip(input) } },
  );
}

export function viewTooLarge(runId: string, limitCharacters: number): AlderError {
  return new AlderError(
    "view_too_large",
    `The view of run "${runId}" has more than ${limitCharacters} characters of text: too many to be sent at once. ` +
      `Read the run's events instead (GET /runs/:id/events).`,
    { details: { runId, limitCharacters } },
  );
}

/** A name from outside, short enough for a message. */
function clip(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
