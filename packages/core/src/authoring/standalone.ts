/**
 * A component executed without a worker, in a script or a test: retries, timeouts and schemas as in a run, but no
 * journal, no stream and no identity.
 *
 * 1. Its result is what a consumer in a run would get: decoded, frozen JSON.
 * 2. A call that fails before it is awaited raises no `unhandledRejection`.
 */
import { AlderError, type ErrorData } from "../errors/alder-error.ts";
import { toErrorData } from "../errors/error-data.ts";
import { systemClock } from "../internal/clock.ts";
import { toJson } from "../internal/canonical-json.ts";
import type { Json, JsonObject } from "../internal/json.ts";
import { checkLevel, checkNumber, checkText, checkUsage } from "./check-said.ts";
import type { Definition } from "./definition.ts";
import { inlineDefinition } from "./built-in.ts";
import type { Settled } from "./call.ts";
import { defaultOf } from "./context-default.ts";
import type { FallbackRule } from "./fallback.ts";
import { nextDelay } from "./next-delay.ts";
import { timeoutMs } from "./policy.ts";
import type { CombineKind } from "./runtime.ts";
import { createTimeLimits } from "./time-limits.ts";
import { decodeInput, decodeOutput, encodeOutput } from "./schema.ts";
import { type UsedTokens, withinLimits } from "./standalone-limits.ts";
import type { Step } from "./step.ts";
import { workOutput } from "./work-output.ts";

const STANDALONE = Symbol.for("alder.standalone");

/** Throws `outside_run` for what only a run can do. */
export function runStandalone(definition: Definition, props: object): Promise<unknown> {
  const { kind, name } = definition;
  if (kind === "component") return toCall(execute(definition, props));
  if (kind === "timer") return toCall(pause(timerMs(props)));
  throw kind === "signal"
    ? outsideRun(`waitFor("${(props as { readonly name: string }).name}")`, "Only a run is sent signals")
    : outsideRun(`${name}.run()`, `"${name}" is a workflow, and needs a run`);
}

/** Calls combined; the members of an object by name. */
export function combineStandalone(
  kind: CombineKind,
  calls: readonly unknown[] | Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const members: readonly unknown[] = Array.isArray(calls) ? calls : Object.values(calls);
  if (kind === "race") return toCall(Promise.race(members));
  const values =
    kind === "all" ? Promise.all(members) : Promise.allSettled(members).then((all) => all.map(asData));
  if (Array.isArray(calls)) return toCall(values);
  const names = Object.keys(calls);
  return toCall(
    values.then((results) => Object.fromEntries(names.map((name, index) => [name, results[index]]))),
  );
}

function asData(result: PromiseSettledResult<unknown>): Settled<unknown> {
  return result.status === "fulfilled" ? result : { status: "rejected", error: toErrorData(result.reason) };
}

function timerMs(props: object): number {
  const { ms, until } = props as { readonly ms?: number; readonly until?: number };
  return ms ?? Math.max(0, (until ?? 0) - Date.now());
}

async function execute(definition: Definition, props: object): Promise<unknown> {
  const given = await settledProps(definition, props);
  const { fallbacks } = definition.policies;
  if (fallbacks === undefined) return await tryAll(definition, given);
  const works = [
    () => tryAll(definition, given),
    ...fallbacks.map((rule) => fallbackWork(definition, rule, given)),
  ];
  let failure: unknown;
  for (const work of works) {
    try {
      return await work(toErrorData(failure, definition.name));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function fallbackWork(definition: Definition, rule: FallbackRule<Definition>, props: object) {
  return async (error: ErrorData): Promise<unknown> => {
    const value = await (rule.to === null ? rule.make(error, props) : runStandalone(rule.definition, props));
    return decodeOutput(definition, encodeOutput(definition, value));
  };
}

async function tryAll(definition: Definition, props: object): Promise<unknown> {
  const input = decodeInput(definition, props);
  const idempotencyKey = crypto.randomUUID();
  let startedAt: number | undefined;
  const totalMs = timeoutMs(definition.policies.timeout, "total") ?? Infinity;
  for (let attempt = 1; ; attempt++) {
    try {
      const used: UsedTokens = {};
      const output = await withinLimits(definition, used, () => {
        startedAt ??= Date.now();
        return tryOnce(definition, input, { attempt, idempotencyKey, startedAt, used });
      });
      return decodeOutput(definition, output);
    } catch (error) {
      const delayMs = nextDelay(definition.policies.retry, attempt, error, Math.random);
      if (delayMs === "give_up" || Date.now() + delayMs >= (startedAt ?? 0) + totalMs) throw error;
      await pause(delayMs);
    }
  }
}

interface Attempt {
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** When the first attempt started. */
  readonly startedAt: number;
  readonly used: UsedTokens;
}

async function tryOnce(definition: Definition, input: unknown, given: Attempt): Promise<Json> {
  const aborter = new AbortController();
  const limits = createTimeLimits({
    name: definition.name,
    policy: definition.policies.timeout,
    startedAt: given.startedAt,
    clock: systemClock,
    onTimeout: (error) => aborter.abort(error),
  });
  const step = standaloneStep(definition.name, aborter.signal, given, limits.heard);
  const onYield = (chunk: unknown): void => {
    aborter.signal.throwIfAborted();
    limits.heard();
    toJson(chunk, `A yield of component "${definition.name}"`);
  };
  const work = (): Promise<unknown> => workOutput(() => definition.body?.(input as never, step), onYield);
  try {
    const expired = limits.expired();
    if (expired !== null) throw expired;
    return encodeOutput(definition, await limits.within(work()));
  } finally {
    // What the attempt started and nobody waits for ends with it (E6).
    aborter.abort();
  }
}

/** Only top-level props may be pending. */
async function settledProps({ name }: Definition, props: object): Promise<JsonObject> {
  const entries = await Promise.all(
    Object.entries(props).map(async ([key, value]: [string, unknown]) => {
      if (isStandaloneCall(value)) return [key, await value] as const;
      return [key, value === undefined ? undefined : toJson(value, `${name}: prop "${key}"`)] as const;
    }),
  );
  return toJson(Object.fromEntries(entries), name) as JsonObject;
}

function standaloneStep(
  name: string,
  signal: AbortSignal,
  { attempt, idempotencyKey, used: sum }: Attempt,
  heard: () => void,
): Step {
  return {
    signal,
    attempt,
    idempotencyKey,
    runId: "standalone",
    tenant: null,
    status(message) {
      heard();
      checkText(message, `${name}: step.status()`);
    },
    progress(value, max) {
      heard();
      checkNumber(value, `${name}: step.progress()`);
      if (max != null) checkNumber(max, `${name}: step.progress()`);
    },
    publish(object, value) {
      heard();
      toJson(value, `${name}: step.publish("${checkText(object, `${name}: step.publish()`)}")`);
    },
    async write(delta, options) {
      heard();
      checkText(delta, `${name}: step.write()`);
      checkText(options?.stream ?? "", `${name}: step.write(), option stream,`);
    },
    log(message, fields) {
      heard();
      checkText(message, `${name}: step.log()`);
      checkLevel(fields?.level, `${name}: step.log()`);
      toJson(fields, `${name}: step.log()`);
    },
    run: (inline, work) => runStandalone(inlineDefinition(inline, work), {}) as never,
    use: (context) => defaultOf(context),
    usage(used) {
      heard();
      const { inputTokens, outputTokens } = checkUsage(used, `${name}: step.usage()`) ?? {};
      if (inputTokens !== undefined || outputTokens !== undefined)
        sum.tokens = (sum.tokens ?? 0) + (inputTokens ?? 0) + (outputTokens ?? 0);
    },
  };
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

async function pause(ms: number): Promise<null> {
  for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, LONGEST_TIMER_MS)));
  }
  return null;
}

function toCall(result: Promise<unknown>): Promise<unknown> {
  result.catch(() => {});
  return Object.defineProperty(result, STANDALONE, { value: true });
}

function isStandaloneCall(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && STANDALONE in value;
}

function outsideRun(what: string, why: string): AlderError {
  return new AlderError(
    "outside_run",
    `${what} was called outside of a run. ${why}: start a workflow through a worker or the API, or use @alder/core/testing in a test.`,
  );
}
