/**
 * Views of runs, folded from their streams.
 *
 * 1. A view that is returned holds every event that was in the store when it was asked for.
 * 2. Views are immutable, so a cached one is only ever a place to go on folding from: what two callers fold at the same
 *    time is equal, and the further of the two is kept.
 * 3. At most `views` views with at most `characters` characters of text together are kept; the one unused for longest is
 *    forgotten first.
 * 4. No view has more than `viewCharacters` characters of text: folding stops there, and a view that is not whole is kept
 *    as a place to go on from but never returned.
 */
import { parseCursor } from "../protocol/cursor.ts";
import type { RunEvent } from "../protocol/events.ts";
import { emptyView, foldAll } from "../protocol/fold.ts";
import type { RunView } from "../protocol/run-view.ts";
import { hasCode } from "../errors/alder-error.ts";
import type { Store } from "../store/store.ts";
import { readPage } from "./read-page.ts";
import { viewTooLarge } from "./refusals.ts";
import { textLength } from "./text-length.ts";

const PAGE_SIZE = 500;

interface ViewLimits {
  readonly views: number;
  readonly characters: number;
  readonly viewCharacters: number;
}

interface Folded {
  readonly view: RunView;
  /** No fewer than the view has, about. */
  readonly characters: number;
}

/** Returns the newest view of a run. Throws `unknown_run` and `view_too_large`. */
export function createViewCache(store: Store, limits: ViewLimits): (runId: string) => Promise<RunView> {
  // A Map iterates in order of insertion: what was used last is inserted anew.
  const kept = new Map<string, Folded>();
  let characters = 0;

  function forget(runId: string): void {
    characters -= kept.get(runId)?.characters ?? 0;
    kept.delete(runId);
  }

  function keep(folded: Folded): void {
    const { runId, seq } = folded.view;
    const before = kept.get(runId);
    const furthest = before && before.view.seq > seq ? before : folded;
    forget(runId);
    kept.set(runId, furthest);
    characters += furthest.characters;
    for (const unused of kept.keys()) {
      if (kept.size <= limits.views && characters <= limits.characters) return;
      forget(unused);
    }
  }

  async function foldOn(from: Folded): Promise<RunView> {
    let folded = from;
    for (;;) {
      const { runId, cursor } = folded.view;
      const page = await readPage(store, runId, parseCursor(cursor), PAGE_SIZE);
      const next = addEvents(folded, page.events, limits.viewCharacters);
      if (next.characters > limits.viewCharacters) {
        keep(folded);
        throw viewTooLarge(runId, limits.viewCharacters);
      }
      folded = next;
      if (page.atTail) break;
    }
    keep(folded);
    return folded.view;
  }

  return async (runId) => {
    const from = kept.get(runId);
    const start: Folded = { view: emptyView(runId), characters: 0 };
    try {
      return await foldOn(from ?? start);
    } catch (error) {
      if (hasCode(error, "view_too_large")) throw error;
      forget(runId);
      // The store lost the tail that the kept view was folded from, and wrote another.
      if (from && hasCode(error, "reset")) return await foldOn(start);
      throw error;
    }
  };
}

/** The view itself is measured only where the events folded into it may be too many: most replace or join others. */
function addEvents(folded: Folded, events: readonly RunEvent[], limit: number): Folded {
  const view = foldAll(folded.view, events);
  const characters = events.reduce((sum, event) => sum + textLength(event), folded.characters);
  return { view, characters: characters > limit ? textLength(view) : characters };
}
