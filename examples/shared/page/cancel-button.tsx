import { hasEnded } from "@alder/core/protocol";
import type { WorkflowRun, WorkflowTypes } from "@alder/react-client";

/** Nothing once the run is over. */
export function CancelButton({ run }: { run: Pick<WorkflowRun<WorkflowTypes>, "status" | "cancel"> }) {
  const { status } = run;
  if (status !== "idle" && hasEnded(status)) return null;
  return (
    <button
      type="button"
      className="quiet"
      disabled={status === "cancelling"}
      onClick={() => void run.cancel()}
    >
      Cancel
    </button>
  );
}
