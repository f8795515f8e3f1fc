/** The function people write in JSX, with its definition and its `run`, as components and workflows share them. */
import { AlderError } from "../errors/alder-error.ts";
import { define, type Definition } from "./definition.ts";
import type { CallOptions } from "./call.ts";
import { currentRuntime } from "./runtime.ts";
import { runStandalone } from "./standalone.ts";

export interface RunnableStep {
  (props: object): unknown;
  run(props?: object, options?: CallOptions): unknown;
}

export function makeStep(definition: Definition): RunnableStep {
  const { name, kind } = definition;
  const element = (props: object): unknown => {
    const runtime = currentRuntime();
    if (runtime !== undefined) return runtime.renderStep(definition, props);
    throw new AlderError(
      "no_runtime",
      `<${name}> was rendered or called where no worker runs: a ${kind} is an element of a workflow. Start the workflow, or await ${name}.run(props).`,
    );
  };
  const run = (props: object = {}, options?: CallOptions): unknown => runStep(definition, props, options);
  return define(Object.assign(named(element, name), { run }), definition);
}

/** As a step of the scope this code executes in, or plainly where there is no worker. */
export function runStep(definition: Definition, props: object, options?: CallOptions): unknown {
  checkArguments(definition, props, options);
  return currentRuntime()?.run(definition, props, options) ?? runStandalone(definition, props);
}

function checkArguments({ name }: Definition, props: unknown, options: CallOptions | undefined): void {
  if (typeof props !== "object" || props === null || Array.isArray(props)) {
    throw new AlderError("bad_call", `${name}.run() takes its props as an object: ${name}.run({ … })`);
  }
  const key: unknown = options?.key;
  if (key === undefined || typeof key === "string" || (typeof key === "number" && Number.isFinite(key)))
    return;
  throw new AlderError("bad_call", `${name}.run(): a key is a string or a number, not ${typeof key}`);
}

/** The name that stack traces and React's messages show. */
function named<F extends (props: object) => unknown>(target: F, name: string): F {
  return Object.defineProperty(target, "name", { value: name });
}
