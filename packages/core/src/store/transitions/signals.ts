/** Signals are a log (E12): in order, deduplicated by id, kept when they come early. */
import type { SignalInput, SignalOutcome, StoredSignal } from "../store.ts";
import type { Tables } from "../tables.ts";
import { timeIn } from "./write.ts";

export function sendSignal(tables: Tables, runId: string, signal: SignalInput, now: number): SignalOutcome {
  const run = tables.findRun(runId);
  if (!run) return "unknown_run";
  // Who sends again what the run took before it ended is told that it arrived.
  if (tables.hasSignal(run.number, signal.id)) return "duplicate";
  if (run.phase === "ended") return "ended";
  const { id, name, payload, input = null } = signal;
  const index = run.signals + 1;
  const at = timeIn(run, now);
  tables.insertSignal(run.number, { index, id, name, payload, input, at });
  const woken = run.phase === "parked" ? ({ phase: "ready", wakeAt: null } as const) : {};
  tables.updateRun(run.number, { signals: index, updatedAt: at, ...woken });
  return "accepted";
}

export function readSignals(tables: Tables, runId: string, after: number): readonly StoredSignal[] {
  const run = tables.findRun(runId);
  return run ? tables.readSignals(run.number, after) : [];
}
