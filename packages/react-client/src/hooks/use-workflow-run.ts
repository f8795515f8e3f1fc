import { stepsOf, textOf, type AlderError, type RunView, type UsageView } from "@alder/core/protocol";
import { useCallback, useMemo, useState } from "react";
import type { Connection } from "../stream/follow-run.ts";
import type { WorkflowTypes } from "../workflow-types.ts";
import { useClient } from "./alder-provider.tsx";
import { useRunActions, type RunActions } from "./use-run-actions.ts";
import { useRunCallbacks } from "./use-run-callbacks.ts";
import { useRunId } from "./use-run-id.ts";
import { useRunSnapshot, type ObservedRun } from "./use-run-snapshot.ts";
import type { WorkflowRun, WorkflowRunOptions } from "./workflow-run.ts";

/**
 * One run of a workflow: starts it, or goes on with one that was started earlier, and renders with everything that
 * happens in it. However many hooks show a run, a page has one connection to it.
 *
 * @example
 * const run = useWorkflowRun<typeof Article>("article", { persist: "url" });
 * return <button onClick={() => run.start({ topic: "alders" })}>{run.message ?? "Write"}</button>;
 */
export function useWorkflowRun<W extends WorkflowTypes = never>(
  name: NoInfer<W["name"]>,
  options: WorkflowRunOptions<W> = {},
): WorkflowRun<W> {
  const client = useClient(options.client);
  const { runId, set, claim } = useRunId({ workflow: name, persist: options.persist, given: options.runId });
  // Names the run it was said of: another one connects again.
  const [disconnected, setDisconnected] = useState<string | null>(null);
  const isEnabled = options.enabled !== false;
  const isConnected = isEnabled && (runId === null || disconnected !== runId);

  const observed = useRunSnapshot({
    workflow: name,
    client,
    runId,
    throttleMs: options.throttleMs,
    isConnected,
  });
  useRunCallbacks(name, observed, options, isConnected);

  const replace = useCallback(
    (next: string | null) => {
      setDisconnected(null);
      set(next);
    },
    [set],
  );
  const { handle, snapshot } = observed;
  const { actions, refusal, isStarting } = useRunActions({
    workflow: name,
    client,
    handle,
    replace,
    claim,
    onError: options.onError,
  });
  const disconnect = useCallback(() => setDisconnected(runId), [runId]);

  // A hook that does not look on says so, whatever the connection does for others.
  const ownConnection = isEnabled ? "closed" : "idle";
  const connection = isConnected ? (snapshot?.connection ?? "idle") : ownConnection;
  return useMemo(
    () => toWorkflowRun({ snapshot, connection, refusal, isStarting, actions, disconnect }) as WorkflowRun<W>,
    [snapshot, connection, refusal, isStarting, actions, disconnect],
  );
}

interface Parts {
  readonly snapshot: ObservedRun["snapshot"];
  readonly connection: Connection;
  readonly refusal: AlderError | null;
  readonly isStarting: boolean;
  readonly actions: RunActions;
  readonly disconnect: () => void;
}

const NO_VIEW = { steps: {} };
const NO_USAGE: UsageView = { inputTokens: 0, outputTokens: 0, cost: 0 };

function toWorkflowRun(parts: Parts): object {
  const { snapshot, connection, refusal, isStarting, actions, disconnect } = parts;
  const view = snapshot?.view;
  const isRead = view !== undefined && view.seq > 0;
  return {
    runId: snapshot?.runId,
    cursor: isRead ? view.cursor : undefined,
    status: view?.status ?? "idle",
    isStarting,
    connection,
    connectionError: snapshot?.connectionError ?? refusal ?? undefined,
    input: view?.input,
    message: view?.message ?? undefined,
    progress: { value: view?.progress?.value ?? 0, max: view?.progress?.max ?? undefined },
    eta: view?.eta ?? undefined,
    usage: view?.usage ?? NO_USAGE,
    budget: view?.budget ?? undefined,
    steps: stepsOf(view ?? NO_VIEW),
    blocked: view?.blocked ?? undefined,
    diverged: view?.diverged ?? [],
    inputs: toInputs(view, actions.signal),
    output: view?.status === "completed" ? (view.output ?? null) : undefined,
    error: view?.error ?? undefined,
    text: (name: string, options?: Parameters<typeof textOf>[2]) => (view ? textOf(view, name, options) : ""),
    object: (name: string) => (view && Object.hasOwn(view.objects, name) ? view.objects[name] : undefined),
    ...actions,
    disconnect,
  };
}

function toInputs(view: RunView | undefined, signal: RunActions["signal"]): readonly object[] {
  return (view?.inputs ?? []).map((input) => ({
    ...input,
    respond: (payload: unknown) => signal(input.name, payload, { input: input.id }),
  }));
}
