/**
 * The one reducer from a run's events to what a person sees of it: snapshots, hooks and the dashboard all use it.
 *
 * 1. Folding is pure: the view given is never written to, what did not change is shared with it, and nothing but the
 *    events decides what comes out. Batches of any size, and snapshots in between, make no difference.
 * 2. An event that was folded before changes nothing: the very same view is returned.
 * 3. An event that does not follow the last one is refused (`event_gap`): a hole is never folded over in silence.
 * 4. Nothing else makes it throw, as an event is in its stream for ever. Types it does not know only move the cursor;
 *    what makes no sense (a patch that does not apply, text that is missing) is left out and told in `logs`.
 */
import { AlderError } from "../errors/alder-error.ts";
import { toCursor } from "./cursor.ts";
import type { RunEvent } from "./events.ts";
import { foldContent } from "./fold-content.ts";
import { foldRun } from "./fold-run.ts";
import { foldStep } from "./fold-step.ts";
import type { RunView } from "./run-view.ts";
import { ViewDraft } from "./view-draft.ts";

/** The view of a run of which nothing has been read yet. */
export function emptyView(runId: string): RunView {
  return {
    runId,
    workflow: "",
    tenant: null,
    priority: 0,
    tags: [],
    metadata: {},
    status: "queued",
    seq: 0,
    cursor: "0-0",
    message: null,
    progress: null,
    steps: {},
    objects: {},
    inputs: [],
    logs: [],
    usage: { inputTokens: 0, outputTokens: 0, cost: 0 },
    budget: null,
    error: null,
    executions: 0,
    recoveries: 0,
    queuedAt: null,
    startedAt: null,
    endedAt: null,
    waitingUntil: null,
    eta: null,
    blocked: null,
    diverged: [],
  };
}

/** The view after one more event. Throws `event_gap`. */
export function fold(view: RunView, event: RunEvent): RunView {
  return foldAll(view, [event]);
}

/** The view after some more events, in order: the same as folding one by one, and much cheaper. Throws `event_gap`. */
export function foldAll(view: RunView, events: readonly RunEvent[]): RunView {
  let draft: ViewDraft | undefined;
  let last: RunEvent | undefined;
  for (const event of events) {
    const seq = last?.seq ?? view.seq;
    if (event.seq <= seq) continue;
    if (event.seq !== seq + 1) throw gap(view.runId, seq + 1, event.seq);
    draft ??= new ViewDraft(view);
    apply(draft, event);
    last = event;
  }
  if (!draft || !last) return view;
  draft.view.seq = last.seq;
  draft.view.cursor = toCursor(last);
  return draft.finish();
}

function apply(draft: ViewDraft, event: RunEvent): void {
  switch (event.type) {
    case "run.queued":
    case "run.started":
    case "run.recovered":
    case "run.waiting":
    case "run.blocked":
    case "run.diverged":
    case "run.cancelling":
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
      return foldRun(draft, event);
    case "step.started":
    case "step.waiting":
    case "step.cached":
    case "step.retrying":
    case "step.fallback":
    case "step.completed":
    case "step.failed":
    case "step.cancelled":
    case "chunk":
    case "input.requested":
    case "input.received":
      return foldStep(draft, event);
    case "status":
    case "progress":
    case "estimate":
    case "object":
    case "log":
    case "usage":
    case "budget.warning":
      return foldContent(draft, event);
    default:
      // A newer writer's: there is more in its stream than this reader understands.
      return event satisfies never;
  }
}

function gap(runId: string, expected: number, found: number): AlderError {
  return new AlderError(
    "event_gap",
    `Event ${found} of run "${runId}" came where event ${expected} was due: read on from the view's cursor, or start from a snapshot.`,
    { details: { runId, expected, found } },
  );
}
