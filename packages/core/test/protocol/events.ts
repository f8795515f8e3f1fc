/** Events for tests: written by hand, or any that a stream could hold. */
import type { Divergence, EventBody, RunEvent } from "@alder/core/protocol";
import * as fc from "fast-check";

/** Stamps bodies as a store would: 1, 2, 3 …, a second apart. */
export function stamp(bodies: readonly EventBody[], after = 0): RunEvent[] {
  return bodies.map((body, index) => {
    const seq = after + index + 1;
    return { seq, fence: 1, at: seq * 1000, ...body };
  });
}

export const queued: EventBody = { type: "run.queued", workflow: "article", input: {}, reason: "started" };
export const running: EventBody = { type: "run.started", worker: "w", execution: 1 };

type Started = Extract<EventBody, { type: "step.started" }>;
type Waiting = Extract<EventBody, { type: "step.waiting" }>;

export function started(step: string, changes: Partial<Started> = {}): EventBody {
  const base: Started = {
    type: "step.started",
    step,
    parent: null,
    name: "Draft",
    key: null,
    kind: "component",
    place: [0],
    attempt: 1,
  };
  return { ...base, ...changes };
}

export function waiting(step: string, changes: Partial<Waiting> = {}): EventBody {
  const { type: _, ...origin } = started(step) as Started;
  return {
    type: "step.waiting",
    ...origin,
    reason: "cache",
    limit: null,
    until: null,
    ahead: null,
    ...changes,
  };
}

export function chunk(step: string, offset: number, delta: string, changes: object = {}): EventBody {
  return { type: "chunk", step, attempt: 1, stream: "text", offset, delta, ...changes };
}

export const failure = { name: "Error", message: "no", code: null, step: "Draft" };

export const divergence: Divergence = {
  step: "Draft",
  key: null,
  workflow: "article",
  was: { heading: "Roots" },
  now: { heading: "Crown" },
  diff: [{ op: "replace", path: "/heading", value: "Crown" }],
};

const id = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const maybeId = fc.option(id);
const name = fc.constantFrom("text", "notes", "__proto__", "toString");
const json = fc.jsonValue({ maxDepth: 2 });
const attempt = fc.integer({ min: 1, max: 3 });
const whole = fc.nat({ max: 9 });

/** Any event, also such as no engine writes, of few steps, so that they meet each other. */
const anyBody: fc.Arbitrary<EventBody> = fc.oneof(
  of("run.queued", {
    workflow: fc.constant("w"),
    reason: fc.constantFrom("started", "handed_over", "accepted", "retried"),
  }),
  of("run.started", { worker: fc.constant("w"), execution: attempt }),
  of("run.recovered", { worker: fc.constant("w"), execution: attempt, reason: fc.constant("worker_lost") }),
  of("run.waiting", { until: fc.option(whole), signals: fc.constantFrom([], ["review"]) }),
  of("run.blocked", {
    message: fc.constant("no"),
    divergence: fc.option(fc.constant(divergence)),
    error: fc.option(fc.constant(failure)),
  }),
  of("run.diverged", { divergence: fc.constant(divergence) }),
  of("run.cancelling", {}),
  of("run.completed", { output: json }),
  of("run.failed", { error: fc.constant(failure) }),
  of("run.cancelled", {}),
  weighted("step.started", {
    step: id,
    parent: maybeId,
    name: fc.constantFrom("Draft", "Plan"),
    key: fc.option(fc.constantFrom("one", "two")),
    kind: fc.constantFrom("component", "workflow"),
    place: fc.array(whole, { maxLength: 3 }),
    attempt,
  }),
  weighted("step.waiting", {
    step: id,
    parent: maybeId,
    name: fc.constantFrom("Draft", "Plan"),
    key: fc.option(fc.constantFrom("one", "two")),
    kind: fc.constant("component"),
    place: fc.array(whole, { maxLength: 3 }),
    attempt,
    reason: fc.constantFrom("rate", "cache"),
    limit: fc.option(fc.constant("llm")),
    until: fc.option(whole),
    ahead: fc.option(whole),
  }),
  of("step.cached", { step: id, cachedAt: whole }),
  of("step.retrying", { step: id, attempt, error: fc.constant(failure), until: whole }),
  of("step.fallback", { step: id, error: fc.constant(failure), to: fc.option(fc.constant("Plan")) }),
  of("step.completed", { step: id, output: json }),
  of("step.failed", { step: id, error: fc.constant(failure) }),
  of("step.cancelled", { step: id }),
  of("status", { message: fc.string({ maxLength: 5 }), step: maybeId }),
  of("progress", { value: whole, max: fc.option(whole), step: maybeId }),
  of("estimate", {
    remainingMs: whole,
    leastMs: whole,
    mostMs: fc.option(whole),
    runs: whole,
    waits: fc.boolean(),
  }),
  of("object", { name, value: json, step: maybeId }),
  of("object", {
    name,
    patch: fc.constantFrom(
      [{ op: "append", path: "", value: "x" }],
      [{ op: "add", path: "/a", value: 1 }],
      [{ op: "add", path: "/__proto__/a", value: 1 }],
    ),
    step: maybeId,
  }),
  weighted("chunk", { step: id, attempt, stream: name, offset: whole, delta: fc.string({ maxLength: 5 }) }),
  of("log", { level: fc.constantFrom("info", "warn"), message: fc.string({ maxLength: 5 }), step: maybeId }),
  of("usage", { step: id, inputTokens: whole }),
  of("budget.warning", {
    step: maybeId,
    unit: fc.constantFrom("tokens", "cost"),
    used: whole,
    budget: whole,
  }),
  of("input.requested", { step: id, name: fc.constant("review") }),
  of("input.received", { step: id, name: fc.constant("review"), signal: fc.constant("s") }),
);

export const anyEvents: fc.Arbitrary<RunEvent[]> = fc
  .array(anyBody, { maxLength: 80 })
  .map((bodies) => stamp(bodies));

function of(type: EventBody["type"], fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<EventBody> {
  return fc.record({ type: fc.constant(type), ...fields }) as fc.Arbitrary<EventBody>;
}

/** Four times as often. */
function weighted(
  type: EventBody["type"],
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.WeightedArbitrary<EventBody> {
  return { arbitrary: of(type, fields), weight: 4 };
}
