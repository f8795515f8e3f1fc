/** The status of a run as its events say it: the same as a fold of its stream, without reading it. */
import type { EventType } from "../../protocol/events.ts";
import type { RunStatus } from "../../protocol/run-view.ts";

const statuses: Partial<Record<EventType, RunStatus>> = {
  "run.queued": "queued",
  "run.started": "running",
  "run.recovered": "running",
  "run.waiting": "waiting",
  "run.blocked": "blocked",
  "run.cancelling": "cancelling",
  "run.completed": "completed",
  "run.failed": "failed",
  "run.cancelled": "cancelled",
};

const ends = new Set<EventType>(["run.completed", "run.failed", "run.cancelled"]);

/** The status after these events; where none of them says one, the one before, whatever that is. */
export function statusAfter<T extends string>(
  status: T | RunStatus,
  types: readonly EventType[],
): T | RunStatus {
  let current = status;
  for (const type of types) {
    const next = statuses[type];
    // Once a cancel was asked, only the end makes it unsaid.
    if (next !== undefined && (current !== "cancelling" || isEnd(type))) current = next;
  }
  return current;
}

/** True for an event that ends a run. */
export function isEnd(type: EventType): boolean {
  return ends.has(type);
}
