/** Takes the result of a step, writes it, and leaves the rest to its entry's turn. */
import { AlderError } from "../errors/alder-error.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { Json } from "../protocol/json.ts";
import type { StepCall } from "./call.ts";
import { failedSteps } from "./failed-steps.ts";
import type { ResultOrigin } from "./journal-entry.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";

/** While the journal is being applied nothing ends: it is kept until the last entry was (E2). */
export function finish(run: Run, call: StepCall, given: Outcome): void {
  if (run.ended || run.failing || run.stopping) return;
  if (run.recovering) {
    run.deferredEnds.set(call, given);
    return;
  }
  // A blocked run keeps what its steps give that are under way; what a workflow makes of it is not known.
  if (run.blocked !== null && !call.isLeaf) return;
  // The journal keeps the first result of an id.
  if (run.writing.has(call.id) || run.ledger.pooledSeq(call.id) !== undefined) return;
  const outcome = withinLimit(run, call, given);
  if (call === run.rootCall) return endRun(run, outcome);
  run.writing.add(call.id);
  run.waits.delete(call);
  if (outcome.ok) {
    const signal = outcome.signal === undefined ? {} : { signal: outcome.signal };
    run.writer.write(
      { type: "step.completed", step: call.id, output: outcome.value },
      { t: "ok", ...originOf(call), value: outcome.value, ...signal },
    );
  } else {
    const error = toErrorData(outcome.error, call.definition.name);
    const from = failedSteps(outcome.error);
    run.writer.write(
      { type: "step.failed", step: call.id, error },
      { t: "err", ...originOf(call), error, ...(from.length === 0 ? {} : { from }) },
    );
  }
}

function endRun(run: Run, outcome: Outcome): void {
  if (!outcome.ok) run.fail(outcome.error);
  // The turn in which the tree is done may yet find two elements to be the same step.
  else if (run.inTurn) run.reached = { status: "completed", output: outcome.value };
  else run.end({ status: "completed", output: outcome.value });
}

function originOf(call: StepCall): ResultOrigin {
  return {
    id: call.id,
    scope: call.scope.id,
    name: call.definition.name,
    ...(call.key === undefined ? {} : { key: call.key }),
    ...(call.keys === "" ? {} : { keys: call.keys }),
    props: call.content,
    ...(call.scope.inComponent ? { inComponent: true as const } : {}),
    ...(call.scope.outer.length === 0 ? {} : { outer: call.scope.outer }),
  };
}

function withinLimit(run: Run, call: StepCall, outcome: Outcome): Outcome {
  const limit = run.options.maxValueLength;
  if (!outcome.ok || lengthOf(outcome.value) <= limit) return outcome;
  const error = new AlderError(
    "value_too_large",
    `the output of ${call.label} is longer than ${limit} characters of JSON: ` +
      `store it elsewhere and return a reference to it, or raise maxValueLength on the worker`,
    { details: { step: call.definition.name } },
  );
  return { ok: false, error };
}

function lengthOf(value: Json): number {
  if (typeof value === "string") return value.length + 2;
  return typeof value === "object" && value !== null ? JSON.stringify(value).length : 0;
}
