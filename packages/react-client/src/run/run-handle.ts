import { AlderError, emptyView, hasEnded } from "@alder/core/protocol";
import type { Api, SignalOptions } from "../http/api.ts";
import type { OutputOf, PayloadOf, SignalName, UntypedWorkflow, WorkflowTypes } from "../workflow-types.ts";
import type { RunEventListener, RunFeed, RunSnapshot } from "./run-feed.ts";

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
  /**
   * Calls back for each event that is read from now on, in order and at once, with the view that it and what came with
   * it lead to; returns the undo.
   */
  onEvent(listener: RunEventListener): () => void;
  /** Throws the server's refusal: `unknown_signal`, `invalid_payload`, `run_ended`. */
  signal<N extends SignalName<W>>(name: N, payload: PayloadOf<W, N>, options?: SignalOptions): Promise<void>;
  /** Asks for a cancel; resolves when it was asked, not when the run has ended. Throws `run_ended`. */
  cancel(): Promise<void>;
  /** Lets a blocked run go on in spite of what it is blocked by. Throws `run_not_blocked`. */
  accept(): Promise<void>;
  /**
   * Lets a run go on that failed or was cancelled; resolves once this page has read that it does. Throws
   * `run_unfinished`, `run_completed`, or why it cannot be read.
   */
  retry(): Promise<void>;
  /**
   * Resolves with the output once the run has completed, on a page that was hidden when it is seen again. Throws `run_failed`, `run_cancelled`, or why it
   * cannot be read.
   */
  result(): Promise<OutputOf<W>>;
  /** Closes the connection, whoever is subscribed; the next subscription opens it again. */
  close(): void;
}

export interface HandleOptions {
  readonly runId: string;
  readonly throttleMs: number;
  readonly api: Api;
  /** The run's feed as of now, if there is one: one that nobody looks at may be forgotten. */
  readonly findFeed: () => RunFeed | undefined;
  /** The same; where there is none, the one given, or a new one. */
  readonly openFeed: (held: RunFeed | undefined) => RunFeed;
}

export function createRunHandle(options: HandleOptions): RunHandle {
  const { runId, throttleMs, api } = options;
  // Stays with who has seen it, though the client forgets it: what is shown does not vanish.
  let held: RunFeed | undefined;
  const find = (): RunFeed | undefined => (held = options.findFeed() ?? held);
  const open = (): RunFeed => (held = options.openFeed(held));
  const unread: RunSnapshot = { runId, view: emptyView(runId), connection: "idle", connectionError: null };

  const handle: RunHandle = {
    runId,
    subscribe: (listener) => {
      const current = open();
      const unlisten = current.channel(throttleMs).listen(listener);
      const release = current.retain();
      return () => {
        unlisten();
        release();
      };
    },
    getSnapshot: () => find()?.channel(throttleMs).get() ?? unread,
    onEvent: (listener) => {
      const current = open();
      const unlisten = current.onEvent(listener);
      const release = current.retain();
      return () => {
        unlisten();
        release();
      };
    },
    signal: (name, payload, signalOptions) => api.signal(runId, name, payload, signalOptions),
    cancel: () => api.cancel(runId),
    accept: () => api.accept(runId),
    retry: async () => {
      await api.retry(runId);
      const feed = open();
      feed.readOn();
      await waitForNews(handle, feed.channel(throttleMs).get().view.seq);
    },
    result: () => waitForResult(handle),
    close: () => find()?.close(),
  };
  return handle;
}

/** What comes after the event that was read last: what was known of the run until then is not true any more. */
function waitForNews(handle: RunHandle, seq: number): Promise<void> {
  return waitFor(handle, ({ view }) => view.seq > seq);
}

function waitFor(handle: RunHandle, isThere: (snapshot: RunSnapshot) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let unsubscribe = (): void => {};
    const check = (): boolean => {
      const snapshot = handle.getSnapshot();
      if (snapshot.connection === "failed") reject(snapshot.connectionError!);
      else if (!isThere(snapshot)) return false;
      else resolve();
      unsubscribe();
      return true;
    };
    if (check()) return;
    unsubscribe = handle.subscribe(check);
    check();
  });
}

async function waitForResult(handle: RunHandle): Promise<unknown> {
  await waitFor(handle, ({ view }) => hasEnded(view.status));
  const { view } = handle.getSnapshot();
  if (view.status === "completed") return view.output;
  if (view.status === "failed") throw toRunError(handle.runId, view.error?.message ?? "no reason given");
  throw new AlderError("run_cancelled", `Run "${handle.runId}" was cancelled: it has no output.`);
}

function toRunError(runId: string, why: string): AlderError {
  return new AlderError("run_failed", `Run "${runId}" failed: ${why}`, { details: { runId } });
}
