/** Executes the async body of a workflow. It holds nothing but calls, and so is executed again on every recovery. */
import { decodeInput, encodeOutput } from "../authoring/schema.ts";
import { AlderError } from "../errors/alder-error.ts";
import { hasElement } from "../elements/tree.ts";
import { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { inScope } from "./current-scope.ts";
import type { Execution } from "./execution.ts";
import { finish } from "./finish.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";
import { sayStarted } from "./started.ts";
import { createStepContext, workflowVoice } from "./step-context.ts";

export function startAsyncWorkflow(run: Run, call: StepCall): void {
  sayStarted(run, call);
  const scope = new AsyncScope(run, call, true);
  const controller = new AbortController();
  let stopped = false;
  const execution: Execution = {
    stop(reason) {
      stopped = true;
      controller.abort(reason);
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
  const step = createStepContext({
    run,
    call,
    scope,
    attempt: 1,
    signal: () => controller.signal,
    voice: workflowVoice(run, call, () => scope.ended),
  });
  execution.over = inScope(scope, () => executeBody(call, step)).then(
    (value) => end(encoded(call, value)),
    (error: unknown) => end({ ok: false, error }),
  );
}

async function executeBody(call: StepCall, step: ReturnType<typeof createStepContext>): Promise<unknown> {
  const { definition } = call;
  const returned = await definition.body?.(decodeInput(definition, call.readyProps()) as never, step);
  if (!hasElement(returned)) return returned;
  throw new AlderError(
    "jsx_from_async",
    `the async body of workflow ${call.label} returned JSX: make it a render body, without async`,
  );
}

function encoded(call: StepCall, value: unknown): Outcome {
  try {
    return { ok: true, value: encodeOutput(call.definition, value) };
  } catch (error) {
    return { ok: false, error };
  }
}
