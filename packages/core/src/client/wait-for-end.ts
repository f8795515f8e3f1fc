import { hasEnded, type RunView } from "../protocol/run-view.ts";
import type { Store } from "../store/store.ts";
import { askStore } from "./ask-store.ts";
import { createBell } from "./bell.ts";

export interface WaitOptions {
  /** Milliseconds; without limit where absent. */
  readonly timeoutMs?: number;
  /** Ends the waiting, without an error. */
  readonly signal?: AbortSignal;
}

/** The run's view as soon as it has ended, or as it is when the time is over. Sets the watch before it reads. */
export async function waitForEnd(
  store: Store,
  runId: string,
  readView: (runId: string) => Promise<RunView>,
  options: WaitOptions,
): Promise<RunView> {
  const { timeoutMs, signal } = options;
  const bell = createBell();
  let isOver = signal?.aborted === true;
  const stop = (): void => {
    isOver = true;
    bell.ring();
  };
  // What a run writes while it goes on is not its end.
  const unwatch = store.watchRun(runId, (news) => {
    if (news !== "events") bell.ring();
  });
  const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      bell.clear();
      // The status alone, as long as the run goes on: a view of a long run is not folded for every step of it.
      const run = await askStore(() => store.readRun(runId));
      if (run === undefined || hasEnded(run.status) || isOver) return await readView(runId);
      await bell.rung();
    }
  } finally {
    unwatch();
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
