import { AlderError, emptyView, type RunView } from "@alder/core/protocol";
import type { RunSnapshot } from "../run/run-feed.ts";

/** True where it was read what workflow the run is of, and it is another. */
export function isOfOther(workflow: string, view: RunView): boolean {
  return view.seq > 0 && view.workflow !== "" && view.workflow !== workflow;
}

/** What a hook shows of a run that is of another workflow: nothing, and why. */
export function refuseOther(workflow: string, runId: string, other: string): RunSnapshot {
  const text =
    `Run "${runId}" is of the workflow "${other}", and useWorkflowRun was asked for "${workflow}". ` +
    `Give it a run of "${workflow}" or start one; where several hooks keep their run in the page's address, give each ` +
    `a parameter of its own, such as persist: { url: "${workflow}" }.`;
  const connectionError = new AlderError("wrong_workflow", text, { details: { runId, workflow: other } });
  return { runId, view: emptyView(runId), connection: "failed", connectionError };
}
