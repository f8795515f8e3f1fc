/** The events of a run as a whole. */
import type { RunEvent } from "./events.ts";
import { cancelAll } from "./fold-step.ts";
import type { EndStatus, RunStatus } from "./run-view.ts";
import type { ViewDraft } from "./view-draft.ts";

/** How many divergences a view keeps. */
const DIVERGED_LIMIT = 20;

export type RunLevelEvent = Extract<RunEvent, { type: `run.${string}` }>;

export function foldRun(draft: ViewDraft, event: RunLevelEvent): void {
  const { view } = draft;
  switch (event.type) {
    case "run.queued":
      view.workflow = event.workflow;
      if (event.input !== undefined) view.input = event.input;
      if (event.tenant !== undefined) view.tenant = event.tenant;
      if (event.priority !== undefined) view.priority = event.priority;
      if (event.tags !== undefined) view.tags = event.tags;
      if (event.metadata !== undefined) view.metadata = event.metadata;
      view.queuedAt ??= event.at;
      if (event.reason === "retried") reopen(draft);
      moveTo(draft, "queued");
      return;
    case "run.started":
    case "run.recovered":
      view.executions = event.execution ?? view.executions + 1;
      if (event.type === "run.recovered") view.recoveries += 1;
      view.startedAt ??= event.at;
      moveTo(draft, "running");
      return;
    case "run.waiting": {
      // A timer is part of what was estimated.
      const eta = (event.signals ?? []).length === 0 ? view.eta : null;
      moveTo(draft, "waiting");
      if (view.status === "waiting") view.eta = eta;
      view.waitingUntil = event.until ?? null;
      return;
    }
    case "run.blocked": {
      moveTo(draft, "blocked");
      const { message, divergence, error } = event;
      if (view.status === "blocked")
        view.blocked = { message, divergence: divergence ?? null, error: error ?? null };
      return;
    }
    case "run.diverged":
      view.diverged = [...view.diverged, event.divergence].slice(-DIVERGED_LIMIT);
      return;
    case "run.cancelling":
      moveTo(draft, "cancelling");
      return;
    case "run.completed":
      end(draft, "completed", event.at);
      view.output = event.output ?? null;
      return;
    case "run.failed":
      end(draft, "failed", event.at);
      view.error = event.error;
      return;
    case "run.cancelled":
      end(draft, "cancelled", event.at);
      return;
  }
}

/** Once a cancel was asked, only the end makes it unsaid: workers may come and go before it is written. */
function moveTo({ view }: ViewDraft, status: RunStatus): void {
  view.waitingUntil = null;
  view.blocked = null;
  // Whoever executes the run says anew how long it takes.
  view.eta = null;
  if (view.status !== "cancelling") view.status = status;
}

function end(draft: ViewDraft, status: EndStatus, at: number): void {
  const { view } = draft;
  view.status = status;
  view.endedAt = at;
  view.waitingUntil = null;
  view.blocked = null;
  view.eta = null;
  // Whatever still stands as running was dropped by the end itself.
  cancelAll(draft, at);
  view.inputs = [];
}

function reopen({ view }: ViewDraft): void {
  view.status = "queued";
  view.endedAt = null;
  view.error = null;
  delete view.output;
}
