import { emptyView } from "@alder/core/protocol";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Client } from "../client.ts";
import type { RunHandle } from "../run/run-handle.ts";
import type { RunSnapshot } from "../run/run-feed.ts";

export interface RunSnapshotOptions {
  readonly client: Client;
  readonly runId: string | null;
  readonly throttleMs: number | undefined;
  readonly isConnected: boolean;
}

export interface ObservedRun {
  readonly handle: RunHandle | null;
  /** Null where there is no run. */
  readonly snapshot: RunSnapshot | null;
}

/** A run's newest state; connects while mounted. */
export function useRunSnapshot({ client, runId, throttleMs, isConnected }: RunSnapshotOptions): ObservedRun {
  const handle = useMemo(
    () => (runId === null ? null : client.run(runId, throttleMs === undefined ? {} : { throttleMs })),
    [client, runId, throttleMs],
  );
  const subscribe = useCallback(
    (listener: () => void) => (handle && isConnected ? handle.subscribe(listener) : () => {}),
    [handle, isConnected],
  );
  const getSnapshot = useCallback(() => handle?.getSnapshot() ?? null, [handle]);
  // A server knows nothing of the run before it is read, and renders as the browser does the first time.
  const unread = useMemo<RunSnapshot | null>(
    () =>
      runId === null ? null : { runId, view: emptyView(runId), connection: "idle", connectionError: null },
    [runId],
  );
  const getServerSnapshot = useCallback(() => unread, [unread]);
  return { handle, snapshot: useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot) };
}
