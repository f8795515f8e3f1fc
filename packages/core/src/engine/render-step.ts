/** The second argument of a render body: it may be executed again at any time, and so can say nothing. */
import { inlineDefinition } from "../authoring/built-in.ts";
import type { CallOptions } from "../authoring/call.ts";
import type { Definition } from "../authoring/definition.ts";
import type { Step } from "../authoring/step.ts";
import { useInReact } from "../elements/built-in-elements.ts";
import { AlderError } from "../errors/alder-error.ts";
import type { StepCall } from "./call.ts";
import type { Run } from "./run.ts";

/** `call`: of an inline step, in the pass that is executing. */
export function createRenderStep(
  run: Run,
  step: StepCall,
  call: (inline: Definition, options: CallOptions | undefined) => StepCall,
): Step {
  const refuse = (what: string, instead: string) => (): never => {
    throw new AlderError(
      "step_in_render",
      `the render body of workflow ${step.label} called step.${what}, but a render body is executed again and again: ${instead}`,
    );
  };
  return {
    attempt: 1,
    idempotencyKey: `${run.options.runId}:${step.id}`,
    runId: run.options.runId,
    get signal() {
      return refuse("signal", "use it in a component, or make the body async")();
    },
    run: (name, work, options) => call(inlineDefinition(name, work), options) as never,
    use: (context) => useInReact(context) as never,
    status: refuse("status()", "return a <Status> element"),
    progress: refuse("progress()", "return a <Progress> element"),
    publish: refuse("publish()", "return a <Publish> element"),
    write: refuse("write()", "put streaming work in a component"),
    log: refuse("log()", "log in a component, or make the body async"),
    usage: refuse("usage()", "report usage in the component that has it"),
  };
}
