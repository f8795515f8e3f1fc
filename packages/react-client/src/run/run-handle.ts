import { AlderError, hasEnded, type RunEvent } from "@alder/core/protocol";
import type { Api, SignalOptions } from "../http/api.ts";
import type { OutputOf, PayloadOf, SignalName, UntypedWorkflow, WorkflowTypes } from "../workflow-types.ts";
import type { RunFeed, RunSnapshot } from "./run-feed.ts";

/**
 * One run, to look at and to steer. Handles of the same run share one connection; it is open while anybody is
 * subscribed and the run has not ended.
 */
export interface RunHandle<W extends WorkflowTypes = UntypedWorkflow> {
  readonly runId: string;
  /** Calls back when there is a new state, not more often than throttled; returns the undo. */
  subscribe(listener: () => void): () => void;
  /** The state last told; the same object until the next. */
  getSnapshot(): RunSnapshot;
  /** Calls back for each event that is read from now on, in order and at once; returns the undo. */
  onEvent(listener: (event: RunEvent) => void): () => void;
  /** Throws the server's refusal: `unknown_signal`, `invalid_payload`, `run_ended`. */
  signal<N extends SignalName<W>>(name: N, payload: PayloadOf<W, N>, options?: SignalOptions): Promise<void>;
  /** Asks for a cancel; resolves when it was asked, not when the run has ended. Throws `run_ended`. */
  cancel(): Promise<void>;
  /** Resolves with the output once the run has completed. Throws `run_failed`, `run_cancelled`, or why it cannot be read. */
  result(): Promise<OutputOf<W>>;
  /** Closes the connection, whoever is subscribed; the next subscription opens it again. */
  close(): void;
}

export interface HandleOptions {
  readonly runId: string;
  readonly throttleMs: number;
  readonly api: Api;
  /** The run's feed as of now: one that nobody looks at may be forgotten and made again. */
  readonly feed: () => RunFeed;
}

export function createRunHandle({ runId, throttleMs, api, feed }: HandleOptions): RunHandle {
  const handle: RunHandle = {
    runId,
    subscribe: (listener) => {
      const current = feed();
      const unlisten = current.channel(throttleMs).listen(listener);
      const release = current.retain();
      return () => {
        unlisten();
        release();
      };
    },
    getSnapshot: () => feed().channel(throttleMs).get(),
    onEvent: (listener) => {
      const current = feed();
      const unlisten = current.onEvent(listener);
      const release = current.retain();
      return () => {
        unlisten();
        release();
      };
    },
    signal: (name, payload, options) => api.signal(runId, name, payload, options),
    cancel: () => api.cancel(runId),
    result: () => waitForResult(handle),
    close: () => feed().close(),
  };
  return handle;
}

function waitForResult(handle: RunHandle): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let unsubscribe = (): void => {};
    const check = (): boolean => {
      const { view, connection, connectionError } = handle.getSnapshot();
      if (connection === "failed") reject(connectionError);
      else if (!hasEnded(view.status)) return false;
      else if (view.status === "completed") resolve(view.output);
      else if (view.status === "failed")
        reject(toRunError(handle.runId, view.error?.message ?? "no reason given"));
      else reject(new AlderError("run_cancelled", `Run "${handle.runId}" was cancelled: it has no output.`));
      unsubscribe();
      return true;
    };
    if (check()) return;
    unsubscribe = handle.subscribe(check);
    check();
  });
}

function toRunError(runId: string, why: string): AlderError {
  return new AlderError("run_failed", `Run "${runId}" failed: ${why}`, { details: { runId } });
}
