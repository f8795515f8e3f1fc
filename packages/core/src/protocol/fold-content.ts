/** What runs and steps say of themselves while they go on: messages, progress, objects, logs, usage. */
import { messageOf } from "../errors/message-of.ts";
import { getOwn, setOwn } from "../internal/own-property.ts";
import { roundSum } from "../internal/round-sum.ts";
import type { RunEvent } from "./events.ts";
import { applyPatch } from "./json-patch.ts";
import type { Json } from "./json.ts";
import type { UsageView } from "./run-view.ts";
import type { ViewDraft } from "./view-draft.ts";

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

export type ContentEvent = Of<
  "status" | "progress" | "estimate" | "object" | "log" | "usage" | "budget.warning"
>;

export function foldContent(draft: ViewDraft, event: ContentEvent): void {
  const { view } = draft;
  switch (event.type) {
    // The run's message and progress are the latest of any; each step keeps its own.
    case "status": {
      view.message = event.message;
      const step = takeStep(draft, event.step);
      if (step) step.message = event.message;
      return;
    }
    case "progress": {
      view.progress = { value: event.value, max: event.max ?? null };
      const step = takeStep(draft, event.step);
      if (step) step.progress = view.progress;
      return;
    }
    case "estimate":
      return estimate(draft, event);
    case "object":
      return setObject(draft, event);
    case "log": {
      const fields = event.fields === undefined ? {} : { fields: event.fields };
      const { at, level, message } = event;
      return draft.addLog({ at, level, message, ...fields, step: event.step ?? null });
    }
    case "usage": {
      view.usage = add(view.usage, event);
      const step = takeStep(draft, event.step);
      if (step) step.usage = add(step.usage, event);
      return;
    }
    case "budget.warning": {
      const { step, unit, used, budget } = event;
      view.budget = { step: step ?? null, unit, used, budget };
      return;
    }
  }
}

/** How long people take nobody knows: while one is waited for, there is no estimate. */
function estimate({ view }: ViewDraft, event: Of<"estimate">): void {
  if (view.inputs.length > 0 || (view.status !== "running" && view.status !== "waiting")) return;
  const { at, remainingMs, leastMs, mostMs, runs, waits } = event;
  if (typeof remainingMs !== "number" || typeof leastMs !== "number") return;
  view.eta = {
    endsAt: at + remainingMs,
    earliestAt: at + leastMs,
    latestAt: typeof mostMs === "number" ? at + mostMs : null,
    runs: runs ?? 0,
    waits: waits ?? false,
  };
}

function takeStep(draft: ViewDraft, id: string | null | undefined): ReturnType<ViewDraft["takeStep"]> {
  return typeof id === "string" ? draft.takeStep(id) : undefined;
}

function setObject(draft: ViewDraft, event: Of<"object">): void {
  const { name, value, patch } = event;
  let next: Json;
  if (value !== undefined) {
    next = value;
  } else {
    try {
      next = applyPatch(getOwn(draft.view.objects, name) ?? null, patch ?? []);
    } catch (error) {
      const message = `A patch of "${name}" was left out: ${messageOf(error)}`;
      draft.addLog({ at: event.at, level: "warn", message, step: event.step ?? null });
      return;
    }
  }
  setOwn(draft.takeObjects(), name, next);
}

function add(sum: UsageView | null, used: Of<"usage">): UsageView {
  return {
    inputTokens: (sum?.inputTokens ?? 0) + (used.inputTokens ?? 0),
    outputTokens: (sum?.outputTokens ?? 0) + (used.outputTokens ?? 0),
    cost: roundSum((sum?.cost ?? 0) + (used.cost ?? 0)),
  };
}
