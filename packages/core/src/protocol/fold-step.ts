/**
 * The events of steps.
 *
 * 1. A start begins an attempt anew: what an earlier one wrote, said and reported is gone, its usage is not.
 * 2. A step ends with those it started: where one begins anew or ends, its unfinished descendants are cancelled. The
 *    engine says so, too; after the loss of a worker nobody does.
 * 3. An end that was written is never taken back by a cancel; a result that comes after a cancel counts (E1).
 * 4. A step that waits before an attempt shows what its last one left, and why it waits.
 * 5. A stream holds the text of its newest attempt, each character once: what it has is told by offset.
 */
import { getOwn, setOwn } from "../internal/own-property.ts";
import type { RunEvent, WaitReason } from "./events.ts";
import type { StepView } from "./run-view.ts";
import type { Mutable, ViewDraft } from "./view-draft.ts";

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

export type StepLevelEvent = Of<
  | "step.started"
  | "step.waiting"
  | "step.cached"
  | "step.retrying"
  | "step.fallback"
  | "step.completed"
  | "step.failed"
  | "step.cancelled"
  | "chunk"
  | "input.requested"
  | "input.received"
>;

export function foldStep(draft: ViewDraft, event: StepLevelEvent): void {
  switch (event.type) {
    case "step.started":
      return start(draft, event);
    case "step.waiting":
      return wait(draft, event);
    case "chunk":
      return addText(draft, event);
    case "input.requested": {
      const schema = event.schema === undefined ? {} : { schema: event.schema };
      return draft.addInput({ id: event.step, name: event.name, ...schema, requestedAt: event.at });
    }
    case "input.received":
      return draft.removeInput(event.step);
    case "step.cached":
    case "step.retrying":
    case "step.fallback":
    case "step.completed":
    case "step.failed":
    case "step.cancelled": {
      const step = draft.takeStep(event.step);
      if (step) change(draft, step, event);
    }
  }
}

/** Cancels every step that has not ended. */
export function cancelAll(draft: ViewDraft, at: number): void {
  for (const id of draft.unfinished()) draft.endStep(draft.takeStep(id)!, "cancelled", at);
}

function start(draft: ViewDraft, event: Of<"step.started">): void {
  const before = draft.peekStep(event.step);
  if (before) {
    cancelBelow(draft, event.step, event.at);
    draft.removeInput(event.step);
  }
  draft.putStep({ ...newStep(event), usage: before?.usage ?? null });
}

function wait(draft: ViewDraft, event: Of<"step.waiting">): void {
  const { reason, at } = event;
  if (draft.peekStep(event.step)) cancelBelow(draft, event.step, at);
  else draft.putStep(newStep(event));
  const step = draft.takeStep(event.step)!;
  const since = step.waiting?.reason === reason ? step.waiting.since : at;
  const [limit, ahead] = [event.limit ?? null, event.ahead ?? null];
  draft.continueStep(step, "waiting", null, { reason, limit, since, until: event.until ?? null, ahead });
  if (limit !== null) step.message = turnText(limit, reason, ahead);
}

/** In words, as a step's own messages are: its start takes it back. */
function turnText(limit: string, reason: WaitReason, ahead: number | null): string {
  if (reason === "paused") return `"${limit}" is paused`;
  return ahead === null || ahead === 0
    ? `Next in line for "${limit}"`
    : `In line for "${limit}" after ${ahead} others`;
}

function newStep(event: Of<"step.started" | "step.waiting">): StepView {
  return {
    id: event.step,
    parent: event.parent ?? null,
    name: event.name,
    key: event.key ?? null,
    kind: event.kind ?? "component",
    place: event.place ?? [],
    status: "running",
    attempt: event.attempt ?? 1,
    message: null,
    progress: null,
    streams: {},
    error: null,
    usage: null,
    startedAt: event.at,
    endedAt: null,
    retryAt: null,
    waiting: null,
    cachedAt: null,
    fallback: null,
  };
}

function change(
  draft: ViewDraft,
  step: Mutable<StepView>,
  event: Of<
    "step.cached" | "step.retrying" | "step.fallback" | "step.completed" | "step.failed" | "step.cancelled"
  >,
): void {
  switch (event.type) {
    case "step.cached":
      step.cachedAt = event.cachedAt ?? null;
      return;
    case "step.retrying":
      draft.continueStep(step, "retrying", event.until ?? null);
      step.error = event.error;
      break;
    case "step.fallback":
      draft.continueStep(step, "running");
      // What it has written is of no use to anyone who waits for its result.
      Object.assign(step, { message: null, progress: null, streams: {} });
      delete step.omitted;
      step.fallback = { to: event.to ?? null, error: event.error };
      break;
    case "step.completed":
      draft.endStep(step, "completed", event.at);
      step.output = event.output ?? null;
      step.error = null;
      break;
    case "step.failed":
      draft.endStep(step, "failed", event.at);
      step.error = event.error;
      break;
    case "step.cancelled":
      if (step.endedAt !== null) return;
      draft.endStep(step, "cancelled", event.at);
      break;
  }
  cancelBelow(draft, step.id, event.at);
}

function cancelBelow(draft: ViewDraft, ancestor: string, at: number): void {
  for (const id of draft.unfinishedBelow(ancestor)) draft.endStep(draft.takeStep(id)!, "cancelled", at);
}

function addText(draft: ViewDraft, event: Of<"chunk">): void {
  const { delta, stream, offset } = event;
  const step = draft.takeStep(event.step);
  if (!step || event.attempt < step.attempt) return;
  if (event.attempt > step.attempt) {
    step.attempt = event.attempt;
    step.streams = {};
    delete step.omitted;
  }
  const streams = draft.takeStreams(step);
  const text = getOwn(streams, stream) ?? "";
  const end = text.length + (step.omitted === undefined ? 0 : (getOwn(step.omitted, stream) ?? 0));
  if (offset > end) {
    // A step has one writer and events have no gaps, so this is a fault of the writer. Half a text is worth more to a
    // person than none: the rest is shown, and the loss is told.
    draft.addLog({
      at: event.at,
      level: "warn",
      message: `Stream "${stream}" of ${step.name} lacks ${offset - end} characters before offset ${offset}`,
      step: step.id,
    });
  }
  const missing = offset < end ? delta.slice(end - offset) : delta;
  if (missing !== "" || !Object.hasOwn(streams, stream)) setOwn(streams, stream, text + missing);
}
