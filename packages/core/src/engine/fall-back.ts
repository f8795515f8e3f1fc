/** Writes that a step has failed for good and goes on with a fallback. */
import type { Definition } from "../authoring/definition.ts";
import type { FallbackRule } from "../authoring/fallback.ts";
import type { ErrorData } from "../errors/alder-error.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { EventBody } from "../protocol/events.ts";
import type { StepCall } from "./call.ts";
import { failedSteps } from "./failed-steps.ts";
import type { Run } from "./run.ts";

/** False if it has none: then it has failed. */
export function fallBack(run: Run, call: StepCall, error: unknown, failed = 1): boolean {
  const { id, scope, definition } = call;
  const next = definition.policies.fallbacks?.[failed - 1];
  if (next === undefined || run.writing.has(id) || run.ledger.pooledSeq(id) !== undefined) return false;
  if (run.ended || run.failing || run.stopping) return true;
  const data = toErrorData(error, definition.name);
  const from = failedSteps(error);
  const outer = scope.outer.length === 0 ? {} : { outer: scope.outer };
  const caused = from.length === 0 ? {} : { from };
  run.writer.write(fallbackEvent(call, next, data), {
    t: "fallback",
    id,
    scope: scope.id,
    ...outer,
    failed,
    error: data,
    ...caused,
  });
  return true;
}

export function fallbackEvent(
  { id }: StepCall,
  { to }: Pick<FallbackRule<Definition>, "to">,
  error: ErrorData,
): EventBody {
  return { type: "step.fallback", step: id, error, to };
}
