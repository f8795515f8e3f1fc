import { emptyView } from "@alder/core/protocol";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Client } from "../client.ts";
import type { RunHandle } from "../run/run-handle.ts";
import type { RunSnapshot } from "../run/run-feed.ts";
import { isOfOther, refuseOther } from "./other-workflow.ts";

export interface RunSnapshotOptions {
  readonly workflow: string;
  readonly client: Client;
  readonly runId: string | null;
  readonly throttleMs: number | undefined;
  readonly isConnected: boolean;
}

export interface ObservedRun {
  /** Null also where the run is of another workflow. */
  readonly handle: RunHandle | null;
  /** Null where there is no run. */
  readonly snapshot: RunSnapshot | null;
}

/** A run's newest state; connects while mounted. A run of another workflow is refused, and not read any further. */
export function useRunSnapshot(options: RunSnapshotOptions): ObservedRun {
  const { workflow, client, runId, throttleMs, isConnected } = options;
  const handle = useMemo(
    () => (runId === null ? null : client.run(runId, throttleMs === undefined ? {} : { throttleMs })),
    [client, runId, throttleMs],
  );
  const subscribe = useCallback(
    (listener: () => void) => {
      const isOther = (): boolean => handle !== null && isOfOther(workflow, handle.getSnapshot().view);
      if (!handle || !isConnected || isOther()) return () => {};
      const unsubscribe = handle.subscribe(() => {
        listener();
        if (isOther()) unsubscribe();
      });
      return unsubscribe;
    },
    [handle, isConnected, workflow],
  );
  const getSnapshot = useCallback(() => handle?.getSnapshot() ?? null, [handle]);
  // A server knows nothing of the run before it is read, and renders as the browser does the first time.
  const unread = useMemo<RunSnapshot | null>(
    () =>
      runId === null ? null : { runId, view: emptyView(runId), connection: "idle", connectionError: null },
    [runId],
  );
  const getServerSnapshot = useCallback(() => unread, [unread]);
  const snapshot = useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
  const other = snapshot && isOfOther(workflow, snapshot.view) ? snapshot.view.workflow : null;
  const refused = useMemo(
    () => (runId === null || other === null ? null : refuseOther(workflow, runId, other)),
    [workflow, runId, other],
  );
  return refused ? { handle: null, snapshot: refused } : { handle, snapshot };
}
