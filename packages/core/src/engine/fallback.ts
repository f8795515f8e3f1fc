/**
 * A component that has failed for good and has something to fall back to.
 *
 * 1. The failure is an entry first, and the fallback begins at its turn: an owner that takes over goes on with the fallback
 *    and does not try again what has failed (E1, E2). The step has one result, the fallback's.
 * 2. The failure is forgotten where the step begins anew: it has failed with all its fallbacks and a boundary around it
 *    tries again, it was cancelled, or the run is retried along it. One that is in flight while the component around it
 *    begins a new attempt goes on with its fallback (E7).
 */
import { returnGiven } from "./calls.ts";
import { CANCELLED } from "./cancelled.ts";
import { startFallback } from "./fallback-execution.ts";
import type { Applied, FallbackEntry } from "./journal-entry.ts";
import type { Run } from "./run.ts";

/** The entry is applied. */
export function applyFallback(run: Run, entry: Applied<FallbackEntry>): void {
  run.ledger.noteOrigin(entry);
  run.ledger.fallbacks.set(entry.id, entry);
  const call = run.calls.get(entry.id);
  if (!call?.execution) return;
  // As for a new attempt: what has finished inside is found again if the component is ever tried again.
  returnGiven(run, entry.id);
  call.execution.stop(CANCELLED);
  startFallback(run, call);
}
