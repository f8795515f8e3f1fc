/** The second argument of a body. */
import type { Context } from "react";
import { inlineDefinition } from "../authoring/built-in.ts";
import type { Step } from "../authoring/step.ts";
import { AlderError } from "../errors/alder-error.ts";
import { canonicalJson, toJson } from "../internal/canonical-json.ts";
import type { Json } from "../internal/json.ts";
import type { EventBody } from "../protocol/events.ts";
import type { AsyncScope } from "./async-scope.ts";
import type { StepCall } from "./call.ts";
import { CANCELLED } from "./cancelled.ts";
import { declaredContext } from "./contexts.ts";
import { digest } from "./identity.ts";
import type { Run } from "./run.ts";

export interface StepVoice {
  /** Counts every start, recoveries included (E9); null for a workflow, which does not write. */
  readonly chunkAttempt: number | null;
  readonly isOver: () => boolean;
  /** Says a component's event as it comes, or a workflow's once however often it is executed. */
  readonly say: (event: EventBody) => void;
}

export interface StepContextOptions {
  readonly run: Run;
  readonly call: StepCall;
  /** Where its inline steps are called. */
  readonly scope: AsyncScope;
  /** 1 for the first try; retries count, recoveries do not. */
  readonly attempt: number;
  readonly signal: () => AbortSignal;
  readonly voice: StepVoice;
}

const DEFAULT_STREAM = "text";
/** Where yields go that are not text: one JSON document a line. */
const ITEMS_STREAM = "items";

export function createStepContext({ run, call, scope, attempt, signal, voice }: StepContextOptions): Step {
  const step = call.id;
  let offsets: Map<string, number> | null = null;
  const say = (event: EventBody): void => {
    if (!voice.isOver() && !run.ended) voice.say(event);
  };
  return {
    get signal() {
      return signal();
    },
    attempt,
    idempotencyKey: `${run.options.runId}:${step}`,
    runId: run.options.runId,
    status: (message) => say({ type: "status", message, step }),
    progress: (value, max) => {
      canonicalJson([value, max ?? null], `${call.label}: progress()`);
      say({ type: "progress", value, max: max ?? null, step });
    },
    publish: (name, value) =>
      say({ type: "object", name, value: toJson(value, `${call.label}: publish("${name}")`), step }),
    log(message, { level = "info", ...fields } = {}) {
      const json = toJson(fields, `${call.label}: log()`) as { [field: string]: Json };
      say({ type: "log", level, message, step, ...(Object.keys(json).length === 0 ? {} : { fields: json }) });
    },
    run: (name, work, options) => scope.call(inlineDefinition(name, work), {}, options) as never,
    use: (context) => declaredContext(call.contexts, context as Context<unknown>, call.label) as never,
    usage: (usage) => say({ ...(toJson(usage, `${call.label}: usage()`) as object), type: "usage", step }),
    async write(delta, options) {
      if (voice.chunkAttempt === null) throw writeInWorkflow(call.label);
      if (voice.isOver() || run.ended) throw CANCELLED;
      if (delta === "") return;
      const stream = options?.stream ?? DEFAULT_STREAM;
      offsets ??= new Map();
      const offset = offsets.get(stream) ?? 0;
      offsets.set(stream, offset + delta.length);
      voice.say({ type: "chunk", step, attempt: voice.chunkAttempt, stream, offset, delta });
      await run.options.outlet.ready();
    },
  };
}

/** What a generator yields reaches the stream at once. Throws `not_json`. */
export function writeYield(step: Step, chunk: unknown): Promise<void> {
  if (typeof chunk === "string") return step.write(chunk);
  return step.write(`${JSON.stringify(toJson(chunk, "a yield"))}\n`, { stream: ITEMS_STREAM });
}

/** What a workflow's body says follows from its journal: it is said once. */
export function workflowVoice(run: Run, call: StepCall, isOver: () => boolean): StepVoice {
  return {
    chunkAttempt: null,
    isOver,
    say: (event) => run.announcer.say(`${call.id}|${digest(canonicalJson(event, "event"))}`, event),
  };
}

function writeInWorkflow(label: string): AlderError {
  return new AlderError(
    "write_in_workflow",
    `workflow ${label} called step.write(): put streaming work in a component`,
  );
}

/** `heard`: it has given a sign of life. */
export function componentVoice(
  run: Run,
  chunkAttempt: number,
  isOver: () => boolean,
  heard: () => void,
): StepVoice {
  const say = (event: EventBody): void => {
    heard();
    run.announcer.emit(event);
  };
  return { chunkAttempt, isOver, say };
}
