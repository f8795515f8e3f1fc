/** Takes the result of a step, writes it, and leaves the rest to its entry's turn. */
import { toErrorData } from "../errors/error-data.ts";
import type { StepCall } from "./call.ts";
import { failedSteps } from "./failed-steps.ts";
import type { FailureEntry, ResultOrigin, SuccessEntry } from "./journal-entry.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";
import { tooLarge } from "./value-limit.ts";

/** While it is made: spreads of what may be missing cost more than all the rest of a step's end. */
type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** While the journal is being applied nothing ends: it is kept until the last entry was (E2). */
export function finish(run: Run, call: StepCall, given: Outcome): void {
  if (run.ended || run.failing || run.stopping) return;
  if (run.recovering) {
    // The first end counts: a budget may have been exceeded before the body came to its own.
    if (!run.deferredEnds.has(call)) run.deferredEnds.set(call, given);
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
  const { id } = call;
  if (outcome.ok) {
    const { value, signal, fallback, text, cachedAt } = outcome;
    const entry: Writable<SuccessEntry> = { ...originOf(call), t: "ok", value };
    if (signal !== undefined) entry.signal = signal;
    if (fallback) entry.fallback = fallback;
    if (text !== undefined) entry.text = text;
    if (cachedAt !== undefined) entry.cachedAt = cachedAt;
    run.writer.write({ type: "step.completed", step: id, output: value }, entry);
  } else {
    const error = toErrorData(outcome.error, call.definition.name);
    const from = failedSteps(outcome.error);
    const entry: Writable<FailureEntry> = { ...originOf(call), t: "err", error };
    if (from.length > 0) entry.from = from;
    run.writer.write({ type: "step.failed", step: id, error }, entry);
  }
}

function endRun(run: Run, outcome: Outcome): void {
  if (!outcome.ok) run.fail(outcome.error);
  // The turn in which the tree is done may yet find two elements to be the same step.
  else if (run.inTurn) run.reached = { status: "completed", output: outcome.value };
  else run.end({ status: "completed", output: outcome.value });
}

function originOf({ id, scope, definition, key, keys, content }: StepCall): ResultOrigin {
  const origin: Writable<ResultOrigin> = { id, scope: scope.id, name: definition.name, props: content };
  if (key !== undefined) origin.key = key;
  if (keys !== "") origin.keys = keys;
  if (scope.inComponent) origin.inComponent = true;
  if (scope.outer.length > 0) origin.outer = scope.outer;
  return origin;
}

function withinLimit(run: Run, call: StepCall, outcome: Outcome): Outcome {
  if (!outcome.ok) return outcome;
  const error = tooLarge(run, `the output of ${call.label}`, outcome.value, call.definition.name);
  return error === undefined ? outcome : { ok: false, error };
}
