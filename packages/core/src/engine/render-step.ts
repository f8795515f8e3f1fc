/**
 * The second argument of a render body: it may be executed again at any time, and so can say nothing. One is made for every
 * pass, and hardly used: its methods are made when they are asked for.
 */
import { inlineDefinition } from "../authoring/built-in.ts";
import type { Step } from "../authoring/step.ts";
import { useInReact } from "../elements/built-in-elements.ts";
import { AlderError } from "../errors/alder-error.ts";
import type { BodySlots } from "./body-slots.ts";
import type { StepCall } from "./call.ts";
import type { Pass } from "./pass.ts";
import type { RunOptions } from "./run.ts";

type RunOfStep = Pick<RunOptions, "runId" | "tenant">;

export class RenderStep implements Step {
  readonly attempt = 1;
  readonly runId: string;
  readonly tenant: string | null;
  readonly #call: StepCall;
  readonly #slots: BodySlots;
  readonly #pass: Pass;

  constructor(call: StepCall, { runId, tenant }: RunOfStep, slots: BodySlots, pass: Pass) {
    this.runId = runId;
    this.tenant = tenant;
    this.#call = call;
    this.#slots = slots;
    this.#pass = pass;
  }

  get idempotencyKey(): string {
    return `${this.runId}:${this.#call.id}`;
  }

  get run(): Step["run"] {
    return (name, work, options) =>
      this.#slots.call(this.#pass, inlineDefinition(name, work), {}, options) as never;
  }

  get use(): Step["use"] {
    return (context) => useInReact(context) as never;
  }

  get signal(): AbortSignal {
    return this.#refuse("signal", "use it in a component, or make the body async");
  }

  get status(): Step["status"] {
    return () => this.#refuse("status()", "return a <Status> element");
  }

  get progress(): Step["progress"] {
    return () => this.#refuse("progress()", "return a <Progress> element");
  }

  get publish(): Step["publish"] {
    return () => this.#refuse("publish()", "return a <Publish> element");
  }

  get write(): Step["write"] {
    return () => this.#refuse("write()", "put streaming work in a component");
  }

  get log(): Step["log"] {
    return () => this.#refuse("log()", "log in a component, or make the body async");
  }

  get usage(): Step["usage"] {
    return () => this.#refuse("usage()", "report usage in the component that has it");
  }

  #refuse(what: string, instead: string): never {
    throw new AlderError(
      "step_in_render",
      `the render body of workflow ${this.#call.label} called step.${what}, but a render body is executed again and again: ${instead}`,
    );
  }
}
