/**
 * Views of runs, folded from their streams.
 *
 * 1. A view that is returned holds every event that was in the store when it was asked for.
 * 2. Views are immutable, so a cached one is only ever a place to go on folding from: what two callers fold at the same
 *    time is equal, and the further of the two is kept.
 * 3. At most `size` views are kept; the one unused for longest is forgotten first.
 */
import { parseCursor } from "../protocol/cursor.ts";
import { emptyView, foldAll } from "../protocol/fold.ts";
import type { RunView } from "../protocol/run-view.ts";
import { hasCode } from "../errors/alder-error.ts";
import type { Store } from "../store/store.ts";
import { readPage } from "./read-page.ts";

const PAGE_SIZE = 500;

/** Returns the newest view of a run. Throws `unknown_run`. */
export function createViewCache(store: Store, size: number): (runId: string) => Promise<RunView> {
  // A Map iterates in order of insertion: what was used last is inserted anew.
  const views = new Map<string, RunView>();

  function keep(view: RunView): RunView {
    const kept = views.get(view.runId);
    views.delete(view.runId);
    views.set(view.runId, kept && kept.seq > view.seq ? kept : view);
    if (views.size > size) views.delete(views.keys().next().value!);
    return view;
  }

  async function foldOn(from: RunView): Promise<RunView> {
    let view = from;
    for (;;) {
      const page = await readPage(store, view.runId, parseCursor(view.cursor), PAGE_SIZE);
      view = foldAll(view, page.events);
      if (page.atTail) return view;
    }
  }

  return async (runId) => {
    const kept = views.get(runId);
    try {
      return keep(await foldOn(kept ?? emptyView(runId)));
    } catch (error) {
      views.delete(runId);
      // The store lost the tail that the kept view was folded from, and wrote another.
      if (kept && hasCode(error, "reset")) return keep(await foldOn(emptyView(runId)));
      throw error;
    }
  };
}
