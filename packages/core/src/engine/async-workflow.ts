/** Executes the async body of a workflow. It holds nothing but calls, and so is executed again on every recovery. */
import { decodeInput } from "../authoring/schema.ts";
import type { Step } from "../authoring/step.ts";
import { AlderError } from "../errors/alder-error.ts";
import { hasElement } from "../elements/tree.ts";
import { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { inScope } from "./current-scope.ts";
import type { Execution } from "./execution.ts";
import { finish } from "./finish.ts";
import { LazyAbort } from "./lazy-abort.ts";
import { toOutcome, type Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";
import { sayStarted } from "./started.ts";
import { StepContext } from "./step-context.ts";
import { WorkflowVoice } from "./step-voice.ts";

export function startAsyncWorkflow(run: Run, call: StepCall): void {
  sayStarted(run, call);
  const scope = new AsyncScope(run, call, true);
  const abort = new LazyAbort();
  let stopped = false;
  const execution: Execution = {
    stop(reason) {
      stopped = true;
      abort.abort(reason);
      scope.end(reason);
    },
  };
  call.execution = execution;
  run.woke = true;
  const end = (outcome: Outcome): void => {
    if (stopped || run.ended) return;
    scope.checkDelivered();
    scope.end();
    run.woke = true;
    finish(run, call, outcome);
  };
  const voice = new WorkflowVoice(run, call);
  const step = new StepContext({ call, scope, attempt: 1, abort, voice });
  execution.over = inScope(scope, executeBody, call, step).then(
    (value) => end(toOutcome(call.definition, value)),
    (error: unknown) => end({ ok: false, error }),
  );
}

async function executeBody(call: StepCall, step: Step): Promise<unknown> {
  const { definition } = call;
  const returned = await definition.body?.(decodeInput(definition, call.readyProps()) as never, step);
  if (!hasElement(returned)) return returned;
  throw new AlderError(
    "jsx_from_async",
    `the async body of workflow ${call.label} returned JSX: make it a render body, without async`,
  );
}
