import type { EventBody, RunEvent } from "@alder/core/protocol";

/** Stamps bodies as a store would. */
export function stamp(bodies: readonly EventBody[], after = 0): RunEvent[] {
  return bodies.map((body, index) => ({ seq: after + index + 1, fence: 1, at: 1000, ...body }));
}

export const queued: EventBody = { type: "run.queued", workflow: "article", input: {}, reason: "started" };
export const running: EventBody = { type: "run.started", worker: "w", execution: 1 };
export const completed: EventBody = { type: "run.completed", output: "done" };

export function status(message: string): EventBody {
  return { type: "status", message, step: null };
}
