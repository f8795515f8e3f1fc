import type { ReactElement } from "react";
import type { ZodType, z } from "zod";
import { AlderError } from "../errors/alder-error.ts";
import { type Budget, toBudget } from "./budget.ts";
import type { Call } from "./call.ts";
import { type AnyContext, checkContexts } from "./check-contexts.ts";
import type { Duration } from "../internal/duration.ts";
import { toExpectMs } from "./check-policy.ts";
import { checkSchema } from "./check-schema.ts";
import type { Definition } from "./definition.ts";
import { makeStep } from "./make-step.ts";
import { checkName } from "./name.ts";
import type { Step } from "./step.ts";
import type {
  BodyOutput,
  CallError,
  CheckedBody,
  CheckedProps,
  OnWire,
  RunArguments,
  StepElementProps,
} from "./types.ts";

export type SchemaMap = { readonly [name: string]: ZodType };

export interface WorkflowSchemas<
  I extends ZodType,
  O extends ZodType,
  S extends SchemaMap,
  X extends SchemaMap,
> {
  readonly input?: I & OnWire<I>;
  readonly output?: O & OnWire<O>;
  /** Signals that may be sent to its runs, by name. */
  readonly signals?: S;
  /** Objects that it publishes, by name. */
  readonly streams?: X;
  /** React contexts that an async body reads with `step.use`: JSON, and part of what identifies its steps. */
  readonly contexts?: readonly AnyContext[];
  /**
   * A first guess of how long a run takes, without the time people take to answer; used for the time a run has left,
   * until runs of the past tell.
   */
  readonly expect?: Duration;
  /** What its steps together may use, as they say with `step.usage`; above it, it fails with `budget_exceeded`. */
  readonly budget?: Budget;
}

/** Of a workflow whose props are described by its body. */
export type WorkflowOptions = Pick<WorkflowSchemas<never, never, {}, {}>, "contexts" | "expect" | "budget">;

/**
 * A named composition of components: the thing that is started. `O` is what a parent workflow reads, `Wire` what
 * crosses HTTP.
 */
export interface Workflow<
  P,
  out O,
  out N extends string = string,
  out Wire = O,
  out S extends SchemaMap = {},
  out X extends SchemaMap = {},
> {
  (this: CallError, props: StepElementProps<P, O>): ReactElement;
  readonly name: N;
  /** For the type checker of a browser; there is nothing here at run time. */
  readonly "~types": { readonly input: P; readonly wire: Wire; readonly signals: S; readonly streams: X };
  /** Runs it inside the run this code executes in. Throws `outside_run` elsewhere. */
  run(...args: RunArguments<P>): Call<O>;
}

type OutputView<R, O extends ZodType> = [O] extends [never] ? BodyOutput<R> : z.output<O>;
type WireView<R, O extends ZodType> = [O] extends [never] ? BodyOutput<R> : z.input<O>;

/**
 * A workflow of the given name. Its body is a render function, which returns a tree or data and may `use` calls, or an
 * async function, which awaits them. Either contains nothing but calls: it is executed again whenever the run goes on.
 * Throws `bad_name`, `bad_schema` and `bad_policy`.
 *
 * @example
 * export const Article = workflow("article", { input: z.object({ topic: z.string() }) }, ({ topic }) => (
 *   <Draft notes={Research.run({ topic })} />
 * ));
 */
export function workflow<const N extends string, P extends CheckedProps<P>, R>(
  name: N,
  body: (props: P, step: Step) => R & CheckedBody<R>,
): Workflow<P, BodyOutput<R>, N>;
export function workflow<const N extends string, P extends CheckedProps<P>, R>(
  name: N,
  options: WorkflowOptions & { readonly input?: never },
  body: (props: P, step: Step) => R & CheckedBody<R>,
): Workflow<P, BodyOutput<R>, N>;
export function workflow<
  const N extends string,
  I extends ZodType,
  R,
  O extends ZodType = never,
  S extends SchemaMap = {},
  X extends SchemaMap = {},
>(
  name: N,
  schemas: WorkflowSchemas<I, O, S, X> & { readonly input: I },
  body: (
    props: z.output<I>,
    step: Step,
  ) => [O] extends [never] ? R & CheckedBody<R> : z.output<O> | ReactElement | Promise<z.output<O>>,
): Workflow<z.input<I>, OutputView<R, O>, N, WireView<R, O>, S, X>;
export function workflow(name: string, ...rest: readonly unknown[]): unknown {
  checkName(name, "workflow");
  const [schemas, body] = rest.length < 2 ? [{}, rest[0]] : rest;
  const definition = toDefinition(
    name,
    schemas as WorkflowSchemas<ZodType, ZodType, SchemaMap, SchemaMap>,
    body,
  );
  return Object.assign(makeStep(definition), { "~types": undefined });
}

function toDefinition(
  name: string,
  {
    input,
    output,
    signals = {},
    streams = {},
    contexts,
    expect,
    budget,
  }: WorkflowSchemas<ZodType, ZodType, SchemaMap, SchemaMap>,
  body: unknown,
): Definition {
  const what = `workflow "${name}"`;
  if (typeof body !== "function") {
    throw new AlderError(
      "bad_body",
      `${what} needs its body, a render function or an async function, as the last argument`,
    );
  }
  const tag = Object.prototype.toString.call(body);
  if (tag === "[object GeneratorFunction]" || tag === "[object AsyncGeneratorFunction]") {
    throw new AlderError(
      "bad_body",
      `${what} has a generator as its body: a workflow does not yield. Put streaming work in a component.`,
    );
  }
  if (input !== undefined) checkSchema(input, `${what}: its input schema`);
  if (output !== undefined) checkSchema(output, `${what}: its output schema`);
  for (const [key, schema] of Object.entries(signals)) checkSchema(schema, `${what}: its signal "${key}"`);
  for (const [key, schema] of Object.entries(streams)) checkSchema(schema, `${what}: its stream "${key}"`);
  return {
    kind: "workflow",
    name,
    body: body as NonNullable<Definition["body"]>,
    isAsync: tag === "[object AsyncFunction]",
    input,
    output,
    signals,
    streams,
    policies: {
      ...(expect === undefined ? {} : { expectMs: toExpectMs(expect, `${what}: "expect"`) }),
      ...(budget === undefined ? {} : { budget: toBudget(budget, `${what}: "budget"`) }),
    },
    contexts: checkContexts(contexts, what),
  };
}
