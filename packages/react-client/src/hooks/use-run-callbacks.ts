import { hasEnded } from "@alder/core/protocol";
import { useEffect, useRef } from "react";
import type { WorkflowTypes } from "../workflow-types.ts";
import type { ObservedRun } from "./use-run-snapshot.ts";
import { useLatest } from "./use-latest.ts";
import type { RunEnding, WorkflowRunOptions } from "./workflow-run.ts";

/** Calls `onEvent`, `onFinish` and `onError` for what is observed; always the newest functions given. */
export function useRunCallbacks<W extends WorkflowTypes>(
  { handle, snapshot }: ObservedRun,
  options: WorkflowRunOptions<W>,
  isConnected: boolean,
): void {
  const latest = useLatest(options);

  useEffect(() => {
    if (handle && isConnected) return handle.onEvent((event) => latest.current.onEvent?.(event));
    return undefined;
  }, [handle, isConnected, latest]);

  // Effects run twice in StrictMode, and more often than a run ends: what was told is remembered.
  const toldEnd = useRef<string | null>(null);
  const view = snapshot?.view;
  const end = view && hasEnded(view.status) ? `${view.runId} ${view.endedAt}` : null;
  useEffect(() => {
    if (end === toldEnd.current) return;
    toldEnd.current = end;
    if (end !== null && view) latest.current.onFinish?.(toEnding(view));
  }, [end, view, latest]);

  const toldError = useRef<unknown>(null);
  const failure = snapshot?.connection === "failed" ? snapshot.connectionError : null;
  useEffect(() => {
    if (failure === toldError.current) return;
    toldError.current = failure;
    if (failure) latest.current.onError?.(failure);
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
