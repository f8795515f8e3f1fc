/** What a changed build would do again, as people are told of it (E4). */
import { diffJson } from "../protocol/json-diff.ts";
import type { Divergence } from "../protocol/events.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { BlockedView } from "../protocol/run-view.ts";
import { toErrorData } from "../errors/error-data.ts";
import type { StepCall } from "./call.ts";
import { digest } from "./identity.ts";
import type { Applied, ResultEntry } from "./journal-entry.ts";
import type { Run } from "./run.ts";

type Result = Applied<ResultEntry>;

const WHAT_TO_DO =
  "Put the code back and start a worker with it, or accept the change: what has finished stays, and the run goes on with this code.";
/** Longer values are cut: the whole journal is in the store. */
const SHOWN_LENGTH = 300;

export function toDivergence(run: Run, call: StepCall, entry: Result): Divergence {
  const { was, now } = readableProps(run, entry.props, call);
  const { name } = call.definition;
  return {
    step: name,
    key: call.key ?? null,
    workflow: call.scope.label,
    was,
    now,
    diff: diffJson(was, now),
  };
}

export function blockedByChange(divergence: Divergence): BlockedView {
  const { step, key, workflow } = divergence;
  const label = key === null ? step : `${step} (key ${key})`;
  const message =
    `${label} in ${workflow} would be executed with other props than one that has finished, which this build does not ask for. ` +
    WHAT_TO_DO;
  return { message, divergence, error: null };
}

/** A build that threw before it asked for what has finished: it is not known what it would have done. */
export function blockedByError(error: unknown, label: string, unclaimed: readonly Result[]): BlockedView {
  const data = toErrorData(error);
  const names = [...new Set(unclaimed.map(({ name }) => name))].join(", ");
  const message = `${label} threw "${data.message}" before it asked for what has finished: ${names}. ${WHAT_TO_DO}`;
  return { message, divergence: null, error: data };
}

/** Props are compared one by one: those that are alike look alike, whatever the journal has of them. */
function readableProps(run: Run, before: string, call: StepCall): { readonly was: Json; readonly now: Json } {
  const was: Record<string, Json> = {};
  const now: Record<string, Json> = {};
  const [old, content] = [parse(before), parse(call.content)];
  for (const [name, value] of Object.entries(old) as [string, Json][])
    was[name] = readable(run, value, undefined);
  for (const [name, value] of Object.entries(content) as [string, Json][]) {
    const given = (call.props as Record<string, unknown>)[name];
    const isSame = Object.hasOwn(old, name) && JSON.stringify(old[name]) === JSON.stringify(value);
    now[name] = isSame ? was[name]! : readable(run, value, given);
  }
  return { was, now };
}

/** A prop as identity saw it: a pending call is an id there, a long value a digest. */
function readable(run: Run, value: Json, given: unknown): Json {
  if (typeof value === "string" && value.length > SHOWN_LENGTH) {
    return `${clip(value)} (${value.length} characters, #${digest(value)})`;
  }
  if (isDigest(value)) {
    const text = given === undefined ? undefined : JSON.stringify(given);
    return text === undefined ? `a long value (${value})` : `${clip(text)} (${value})`;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const { $call: id, ...rest } = value as JsonObject;
    if (typeof id === "string" && Object.keys(rest).length === 0) return readableCall(run, id);
  }
  return value;
}

function readableCall(run: Run, id: string): string {
  const call = run.calls.get(id);
  if (call !== undefined) return `the result of ${call.label}(${clip(call.content)})`;
  for (const { id: pooled, name, props } of run.ledger.pooled()) {
    if (pooled === id) return `the result of ${name}(${clip(props)})`;
  }
  return `a result (${clip(id)})`;
}

function isDigest(value: Json): value is string {
  return typeof value === "string" && /^#[\w-]{20}$/.test(value);
}

function parse(content: string): JsonObject {
  try {
    return JSON.parse(content) as JsonObject;
  } catch {
    return {};
  }
}

function clip(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
