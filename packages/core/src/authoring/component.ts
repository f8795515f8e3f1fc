import type { ReactElement } from "react";
import type { ZodType, z } from "zod";
import { AlderError, type ErrorData } from "../errors/alder-error.ts";
import type { Duration } from "../internal/duration.ts";
import type { CachePolicy, ComponentCallOptions } from "./cache.ts";
import type { Call } from "./call.ts";
import { createCallVariants, toCacheRule } from "./check-cache.ts";
import { toExpectMs, toRetryPolicy, toTimeoutPolicy } from "./check-policy.ts";
import { toLimit } from "./check-limit.ts";
import { type AnyContext, checkContexts } from "./check-contexts.ts";
import { toFallbackRule } from "./check-fallback.ts";
import { checkSchema } from "./check-schema.ts";
import type { Definition, Policies } from "./definition.ts";
import { type LimitPolicy, mergeLimits, NO_LIMITS } from "./limit.ts";
import type { CheckedFallback, FallbackStep, WithFallback } from "./fallback.ts";
import { makeStep, runStep } from "./make-step.ts";
import { checkName } from "./name.ts";
import type { RetryPolicy, TimeoutPolicy } from "./policy.ts";
import type { Step } from "./step.ts";
import type {
  CallError,
  CheckedProps,
  CheckedWork,
  OnWire,
  OutputOf,
  RunArguments,
  StepElementProps,
  Work,
  WorkReturning,
} from "./types.ts";

/**
 * A named async unit of work. Once it has succeeded it is never executed again in its run. `Takes` is what its output schema
 * takes, where it has one: a fallback's value must fit it, too.
 */
export interface Component<P, out O, out N extends string = string, Takes = unknown> {
  (this: CallError, props: StepElementProps<P, O>): ReactElement;
  readonly name: N;
  /** Runs it as a step here; outside a worker it just executes, with its retries and timeouts. */
  run(...args: RunArguments<P, ComponentCallOptions>): Call<O>;
  /** The same component with another retry policy. Throws `bad_policy`. */
  retry(policy: RetryPolicy): Component<P, O, N, Takes>;
  /** The same component with another timeout; a duration is the longest time for one attempt. Throws `bad_policy`. */
  timeout(timeout: Duration | TimeoutPolicy): Component<P, O, N, Takes>;
  /**
   * The same component with a first guess of how long a step of it takes, for the time a run has left, until runs of the
   * past tell. Throws `bad_policy`.
   */
  expect(duration: Duration): Component<P, O, N, Takes>;
  /**
   * The same component under one more limit, which all steps of that key share on all workers: how many execute at once,
   * how often they start, how many tokens they use, and when a provider that fails is left alone. Throws `bad_policy`,
   * `bad_rate`, `bad_duration`, and `limit_conflict` for a key that has other numbers elsewhere.
   */
  limit(limit: LimitPolicy): Component<P, O, N, Takes>;
  /**
   * The same component with what takes its place once it has failed for good, its retries included: another component (or a
   * workflow) that is executed with the same props, or a function that makes a value of the error and the props. Several are
   * tried in the order in which they are given. The output is the fallback's, and must fit the output schema, if there is
   * one. Throws `bad_policy` and `fallback_cycle`.
   *
   * @example
   * const Answer = component("Answer", askBig).retry({ attempts: 3 }).fallback(AnswerSmall).fallback(() => "No answer.");
   */
  fallback<O2 extends Takes>(other: FallbackStep<P, O2>): Component<P, WithFallback<O, O2, Takes>, N, Takes>;
  fallback<R>(
    make: (error: ErrorData, props: P) => R & CheckedFallback<R, Takes>,
  ): Component<P, WithFallback<O, Awaited<R>, Takes>, N, Takes>;
  /**
   * The same component, whose outputs are kept for so long: a step with equal props and contexts, in this run or another of
   * the tenant, is given the output instead of being executed. Of those that need the same at the same time one executes,
   * on whatever worker, and the others wait for it. Failures are never kept. Outside a worker nothing is. Throws
   * `bad_policy` and `bad_duration`.
   *
   * @example
   * const Research = component("Research", research).cache("1d");
   * const Summary = component("Summary", summarise).cache({ ttl: "7d", scope: "global", version: 2 });
   */
  cache(policy: Duration | CachePolicy): Component<P, O, N, Takes>;
}

export interface ComponentSchemas<I extends ZodType, O extends ZodType> {
  readonly input: I & OnWire<I>;
  readonly output?: O & OnWire<O>;
  /** React contexts that `step.use` reads: JSON, and part of what identifies its steps. */
  readonly contexts?: readonly AnyContext[];
}

/**
 * A component of the given name. An async function's output is what it returns; an async generator streams what it
 * yields, and its output is what it returns, or else its yields, joined if they are text. Throws `bad_name` and
 * `bad_schema`.
 *
 * @example
 * const Research = component("Research", async ({ topic }: { topic: string }, step) => {
 *   return await search(topic, { signal: step.signal });
 * }).retry({ attempts: 5 });
 */
export function component<const N extends string, P extends CheckedProps<P>, R extends Work>(
  name: N,
  work: (props: P, step: Step) => R & CheckedWork<R>,
): Component<P, OutputOf<R>, N>;
export function component<
  const N extends string,
  I extends ZodType,
  R extends Work,
  O extends ZodType = never,
>(
  name: N,
  schemas: ComponentSchemas<I, O>,
  work: (
    props: z.output<I>,
    step: Step,
  ) => R & ([O] extends [never] ? CheckedWork<R> : WorkReturning<R, z.output<O>>),
): Component<
  z.input<I>,
  [O] extends [never] ? OutputOf<R> : z.output<O>,
  N,
  [O] extends [never] ? unknown : z.output<O>
>;
export function component(name: string, ...rest: readonly unknown[]): unknown {
  checkName(name, "component");
  const [schemas, body] = rest.length < 2 ? [{}, rest[0]] : rest;
  return makeComponent(toDefinition(name, schemas as ComponentSchemas<ZodType, ZodType>, body));
}

function toDefinition(
  name: string,
  { input, output, contexts }: Partial<ComponentSchemas<ZodType, ZodType>>,
  body: unknown,
): Definition {
  if (typeof body !== "function") {
    throw new AlderError(
      "bad_body",
      `component "${name}" needs its work, an async function, as the last argument`,
    );
  }
  if (input !== undefined) checkSchema(input, `component "${name}": its input schema`);
  if (output !== undefined) checkSchema(output, `component "${name}": its output schema`);
  return {
    kind: "component",
    name,
    body: body as NonNullable<Definition["body"]>,
    isAsync: true,
    input,
    output,
    signals: {},
    streams: {},
    policies: {},
    contexts: checkContexts(contexts, `component "${name}"`),
  };
}

function makeComponent(definition: Definition): object {
  const { name } = definition;
  const withPolicies = (policies: Policies): object =>
    makeComponent({ ...definition, policies: { ...definition.policies, ...policies } });
  const { fallbacks = [] } = definition.policies;
  const variantFor = createCallVariants(definition);
  return Object.assign(makeStep(definition), {
    run: (props: object = {}, options?: ComponentCallOptions) =>
      runStep(variantFor(options?.cache), props, options),
    retry: (policy: RetryPolicy) => withPolicies({ retry: toRetryPolicy(policy, name) }),
    timeout: (timeout: Duration | TimeoutPolicy) => withPolicies({ timeout: toTimeoutPolicy(timeout, name) }),
    expect: (duration: Duration) => withPolicies({ expectMs: toExpectMs(duration, `${name}.expect()`) }),
    limit: (limit: LimitPolicy) =>
      withPolicies({
        limits: mergeLimits(definition.policies.limits ?? NO_LIMITS, [toLimit(limit, `${name}.limit()`)]),
      }),
    fallback: (given: unknown) =>
      withPolicies({ fallbacks: [...fallbacks, toFallbackRule(given, definition)] }),
    cache: (policy: Duration | CachePolicy) => withPolicies({ cache: toCacheRule(policy, name) }),
  });
}
