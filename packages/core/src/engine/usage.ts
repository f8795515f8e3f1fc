/**
 * What steps say they have used (tokens, money): an entry of the journal each, so that sums of it survive crashes.
 *
 * 1. What was paid for counts: of attempts that failed or were cut off as well. A step that a crash has cut off and that
 *    is executed again counts twice, because it cost twice.
 */
import type { Usage } from "../authoring/step.ts";
import type { EventBody } from "../protocol/events.ts";
import type { StepCall } from "./call.ts";
import type { UsageEntry } from "./journal-entry.ts";
import type { Run } from "./run.ts";

export function usageEvent(call: StepCall, used: Usage): EventBody {
  return { type: "usage", step: call.id, ...used };
}

export function usageEntry(run: Run, call: StepCall, used: Usage): UsageEntry {
  const within = nestedAround(run, call);
  return { t: "usage", id: call.id, ...used, ...(within.length === 0 ? {} : { within }) };
}

/** Ids of the nested workflows that the step is in, nearest first; it may be one itself. */
function nestedAround(run: Run, call: StepCall): readonly string[] {
  const found: string[] = [];
  for (let at: StepCall | undefined = call; at && at !== run.rootCall; at = run.calls.get(at.scope.id)) {
    if (!at.isLeaf) found.push(at.id);
  }
  return found;
}
