/**
 * A component executed without a worker, in a script or a test: retries, timeouts and schemas as in a run, but no
 * journal, no stream and no identity.
 *
 * 1. Its result is what a consumer in a run would get: decoded, frozen JSON.
 * 2. A call that fails before it is awaited raises no `unhandledRejection`.
 */
import { AlderError } from "../errors/alder-error.ts";
import { toJson } from "../internal/canonical-json.ts";
import type { Json } from "../internal/json.ts";
import type { Definition } from "./definition.ts";
import { nextDelay } from "./next-delay.ts";
import { attemptTimeoutMs, timeoutError } from "./policy.ts";
import { decodeInput, decodeOutput, encodeOutput } from "./schema.ts";
import type { Step } from "./step.ts";
import { workOutput } from "./work-output.ts";

const STANDALONE = Symbol.for("alder.standalone");

/** Throws `outside_run` for what only a run can do. */
export function runStandalone(definition: Definition, props: object): Promise<unknown> {
  const { kind, name } = definition;
  if (kind === "component") return toCall(execute(definition, props));
  if (kind === "timer") return toCall(pause((props as { readonly ms: number }).ms));
  throw kind === "signal"
    ? outsideRun(`waitFor("${(props as { readonly name: string }).name}")`, "Only a run is sent signals")
    : outsideRun(`${name}.run()`, `"${name}" is a workflow, and needs a run`);
}

/** Calls combined; the members of an object by name. */
export function allStandalone(
  calls: readonly unknown[] | Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (Array.isArray(calls)) return toCall(Promise.all(calls));
  const names = Object.keys(calls);
  const values = Promise.all(Object.values(calls));
  return toCall(
    values.then((results) => Object.fromEntries(names.map((name, index) => [name, results[index]]))),
  );
}

async function execute(definition: Definition, props: object): Promise<unknown> {
  const input = decodeInput(definition, await settledProps(definition, props));
  const idempotencyKey = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      return decodeOutput(definition, await tryOnce(definition, input, attempt, idempotencyKey));
    } catch (error) {
      const delayMs = nextDelay(definition.policies.retry, attempt, error, Math.random);
      if (delayMs === "give_up") throw error;
      await pause(delayMs);
    }
  }
}

async function tryOnce(
  definition: Definition,
  input: unknown,
  attempt: number,
  idempotencyKey: string,
): Promise<Json> {
  const aborter = new AbortController();
  const timeoutMs = attemptTimeoutMs(definition.policies.timeout);
  const step = standaloneStep(definition.name, aborter.signal, attempt, idempotencyKey);
  const onYield = (chunk: unknown): void => {
    aborter.signal.throwIfAborted();
    toJson(chunk, `A yield of component "${definition.name}"`);
  };
  const work = async (): Promise<unknown> => workOutput(definition.body?.(input as never, step), onYield);
  try {
    if (timeoutMs === undefined) return encodeOutput(definition, await work());
    return encodeOutput(definition, await beforeTimeout(work(), timeoutMs, definition.name, aborter));
  } finally {
    // What the attempt started and nobody waits for ends with it (E6).
    aborter.abort();
  }
}

function beforeTimeout<T>(
  work: Promise<T>,
  timeoutMs: number,
  name: string,
  aborter: AbortController,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = timeoutError(name, timeoutMs);
      aborter.abort(error);
      reject(error);
    }, timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Only top-level props may be pending. */
async function settledProps({ name }: Definition, props: object): Promise<Json> {
  const entries = await Promise.all(
    Object.entries(props).map(async ([key, value]: [string, unknown]) => {
      if (isStandaloneCall(value)) return [key, await value] as const;
      return [key, value === undefined ? undefined : toJson(value, `${name}: prop "${key}"`)] as const;
    }),
  );
  return toJson(Object.fromEntries(entries), name);
}

function standaloneStep(name: string, signal: AbortSignal, attempt: number, idempotencyKey: string): Step {
  return {
    signal,
    attempt,
    idempotencyKey,
    runId: "standalone",
    status() {},
    progress() {},
    publish: (object, value) => void toJson(value, `${name}: step.publish("${object}")`),
    write: () => Promise.resolve(),
    log: (_message, fields) => void toJson(fields, `${name}: fields of step.log()`),
    usage() {},
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
