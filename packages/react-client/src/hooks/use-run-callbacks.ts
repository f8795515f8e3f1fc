import { hasEnded } from "@alder/core/protocol";
import { useEffect, useRef } from "react";
import { callListener } from "../call-listener.ts";
import type { WorkflowTypes } from "../workflow-types.ts";
import { isOfOther } from "./other-workflow.ts";
import type { ObservedRun } from "./use-run-snapshot.ts";
import { useLatest } from "./use-latest.ts";
import type { RunEnding, WorkflowRunOptions } from "./workflow-run.ts";

/**
 * Calls `onEvent`, `onFinish` and `onError` for what is observed; always the newest functions given. What they throw is
 * reported as uncaught, and breaks neither the reading nor the page.
 */
export function useRunCallbacks<W extends WorkflowTypes>(
  workflow: string,
  { handle, snapshot }: ObservedRun,
  options: WorkflowRunOptions<W>,
  isConnected: boolean,
): void {
  const latest = useLatest(options);

  useEffect(() => {
    if (!handle || !isConnected) return undefined;
    return handle.onEvent((event, view) => {
      if (!isOfOther(workflow, view)) latest.current.onEvent?.(event);
    });
  }, [handle, isConnected, latest, workflow]);

  // Effects run twice in StrictMode, and more often than a run ends: what was told is remembered.
  const toldEnd = useRef<string | null>(null);
  const view = snapshot?.view;
  const end = view && hasEnded(view.status) ? `${view.runId} ${view.endedAt}` : null;
  useEffect(() => {
    if (end === toldEnd.current) return;
    toldEnd.current = end;
    if (end !== null && view) callListener(() => latest.current.onFinish?.(toEnding(view)));
  }, [end, view, latest]);

  const toldError = useRef<unknown>(null);
  const failure = snapshot?.connection === "failed" ? snapshot.connectionError : null;
  useEffect(() => {
    if (failure === toldError.current) return;
    toldError.current = failure;
    if (failure) callListener(() => latest.current.onError?.(failure));
  }, [failure, latest]);
}

function toEnding(view: NonNullable<ObservedRun["snapshot"]>["view"]): RunEnding<WorkflowTypes> {
  const { runId, status, output, error } = view;
  if (status === "completed") return { runId, status, output: output ?? null };
  if (status !== "failed") return { runId, status: "cancelled" };
  return {
    runId,
    status,
    error: error ?? { name: "Error", message: "The run failed.", code: null, step: null },
  };
}
