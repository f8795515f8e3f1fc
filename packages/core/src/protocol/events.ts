/**
 * The events of a run's stream. Every state a person can see follows from them (E9).
 *
 * Readers must ignore event types and fields they do not know: the union grows.
 */
import { z } from "zod";
import type { Json, JsonObject } from "./json.ts";

const json = z.custom<Json>((value) => value !== undefined);
const step = z.string().describe("Id of the step; reveals nothing of its props.");
const time = z.number().describe("Milliseconds since the epoch, store time.");

export const errorDataSchema = z.object({
  name: z.string(),
  message: z.string(),
  code: z.string().nullable(),
  step: z.string().nullable(),
});

/** RFC 6902 `add`, `replace` and `remove`, and `append`, which adds text to the string at `path`. */
export const patchOperationSchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("add"), path: z.string(), value: json }),
  z.object({ op: z.literal("replace"), path: z.string(), value: json }),
  z.object({ op: z.literal("remove"), path: z.string() }),
  z.object({ op: z.literal("append"), path: z.string(), value: z.string() }),
]);

/** A step about to start where an equal one, with other props, has finished and is not asked for (E4). */
export const divergenceSchema = z.object({
  step: z.string().describe("Name of the step."),
  key: z.string().nullable(),
  workflow: z.string().describe("The workflow whose body calls it."),
  was: json.describe(
    "Props of the step that has finished, long values and pending calls as text for people.",
  ),
  now: json.describe("Props of the step that would be executed, in the same way."),
  diff: z.array(patchOperationSchema).describe("Makes `now` of `was`."),
});

export const stepKindSchema = z.enum(["component", "workflow", "timer", "signal"]);

/** What a step waits for before it executes: its turn at a limit, or the value that another step is making. */
export const waitReasonSchema = z.enum(["concurrency", "rate", "tokens", "paused", "cache"]);

/** Which step it is, and where it stands. */
const stepOrigin = {
  step,
  parent: step.nullable().describe("The enclosing step; null directly in the run's workflow."),
  name: z.string(),
  key: z.string().nullable(),
  kind: stepKindSchema,
  place: z.array(z.number()).readonly().describe("Absolute place in tree order; compare number by number."),
  attempt: z.number().int().describe("Counts every start, recoveries included (E9)."),
};

const bodies = [
  z.object({
    type: z.literal("run.queued"),
    workflow: z.string(),
    input: json.optional().describe("Present in the first event of a run."),
    reason: z.enum(["started", "handed_over", "accepted", "retried"]),
    tenant: z.string().optional().describe("For whom the run was started; in its first event."),
    priority: z.number().int().optional().describe("In its first event, where it is not 0."),
    tags: z.array(z.string()).optional().describe("In its first event, where there are some."),
    metadata: z
      .custom<JsonObject>((value) => typeof value === "object" && value !== null)
      .optional()
      .describe("What was noted with the start; in its first event."),
  }),
  z.object({
    type: z.literal("run.started"),
    worker: z.string(),
    execution: z.number().int().describe("1 for the first worker that took the run, one more each time."),
  }),
  z.object({
    type: z.literal("run.recovered"),
    worker: z.string(),
    execution: z.number().int(),
    reason: z.enum(["worker_lost"]),
  }),
  z.object({
    type: z.literal("run.waiting"),
    until: time
      .nullable()
      .describe(
        "When it goes on by itself: a timer is due, or in a second its turn at a limit; null when only signals are awaited.",
      ),
    signals: z.array(z.string()),
  }),
  z.object({
    type: z.literal("run.blocked"),
    message: z.string().describe("What happened, and what to do, for people."),
    divergence: divergenceSchema.nullable().describe("Null when the build threw instead."),
    error: errorDataSchema.nullable().describe("What the build threw before it asked for what has finished."),
  }),
  z.object({ type: z.literal("run.diverged"), divergence: divergenceSchema }),
  z.object({ type: z.literal("run.cancelling") }),
  z.object({ type: z.literal("run.completed"), output: json }),
  z.object({ type: z.literal("run.failed"), error: errorDataSchema }),
  z.object({ type: z.literal("run.cancelled") }),

  z.object({ type: z.literal("step.started"), ...stepOrigin }),
  z
    .object({
      type: z.literal("step.waiting"),
      ...stepOrigin,
      reason: waitReasonSchema,
      limit: z
        .string()
        .nullable()
        .describe("Key of the limit; null where another step's value is waited for."),
      until: time.nullable().describe("When it may go on, where that is known."),
      ahead: z
        .number()
        .int()
        .nullable()
        .describe("How many of the limit's line come first; null where there is no line."),
    })
    .describe("The attempt is about to start, and waits first; `step.started` follows when it does."),
  z
    .object({
      type: z.literal("step.cached"),
      step,
      cachedAt: time.describe("When the value was made."),
    })
    .describe("The step is not executed: its output, which `step.completed` tells next, was in the cache."),
  z.object({
    type: z.literal("step.retrying"),
    step,
    attempt: z.number().int().describe("The attempt that failed."),
    error: errorDataSchema,
    until: time.describe("When the next attempt starts."),
  }),
  z.object({
    type: z.literal("step.fallback"),
    step,
    error: errorDataSchema.describe("What it, or the fallback before, has failed with."),
    to: z.string().nullable().describe("Name of the component that takes over; null for a function."),
  }),
  z.object({ type: z.literal("step.completed"), step, output: json }),
  z.object({ type: z.literal("step.failed"), step, error: errorDataSchema }),
  z.object({ type: z.literal("step.cancelled"), step }),

  z.object({ type: z.literal("status"), message: z.string(), step: step.nullable() }),
  z.object({
    type: z.literal("progress"),
    value: z.number(),
    max: z.number().nullable(),
    step: step.nullable(),
  }),
  z.object({
    type: z.literal("estimate"),
    remainingMs: z.number().describe("How long the run will still take, counted from this event."),
    leastMs: z.number().describe("It takes at least so long, and at most `mostMs`, in four of five cases."),
    mostMs: z.number().nullable().describe("Null where it is not known how much is still to come."),
    runs: z.number().int().describe("How many runs of the past it rests on; 0: on what the author expects."),
    waits: z.boolean().describe("People will be waited for. The time they take is not counted."),
  }),
  z.object({
    type: z.literal("object"),
    name: z.string(),
    value: json.optional().describe("The whole value; absent when `patch` is given."),
    patch: z.array(patchOperationSchema).optional(),
    step: step.nullable(),
  }),
  z.object({
    type: z.literal("chunk"),
    step,
    attempt: z.number().int(),
    stream: z.string(),
    offset: z.number().int().describe("Where `delta` begins in the step's stream, in UTF-16 code units."),
    delta: z.string(),
  }),
  z.object({
    type: z.literal("log"),
    level: z.enum(["debug", "info", "notice", "warn", "error"]),
    message: z.string(),
    fields: z.record(z.string(), json).optional(),
    step: step.nullable(),
  }),
  z.object({
    type: z.literal("usage"),
    step,
    inputTokens: z.number().optional(),
    outputTokens: z.number().optional(),
    cost: z.number().optional(),
  }),
  z.object({
    type: z.literal("budget.warning"),
    step: step.nullable().describe("The nested workflow whose budget it is; null for the run's own."),
    unit: z.enum(["tokens", "cost"]),
    used: z.number(),
    budget: z.number().describe("What may be used; above it the workflow fails."),
  }),
  z.object({
    type: z.literal("input.requested"),
    step: step.describe("The waiting step; also the id of the input."),
    name: z.string().describe("The signal that answers it."),
    schema: json.optional().describe("JSON Schema of the payload."),
  }),
  z.object({
    type: z.literal("input.received"),
    step,
    name: z.string(),
    signal: z.string().describe("Id of the signal that was consumed."),
  }),
] as const;

export const eventBodySchema = z.discriminatedUnion("type", bodies);

export const eventStampSchema = z.object({
  seq: z.number().int().positive().describe("1, 2, 3 … without gap within a run."),
  fence: z
    .number()
    .int()
    .nonnegative()
    .describe("The fence of the owner that wrote it; 0 for the store itself."),
  at: time,
});

/** One event of a run's stream, as it is stored and sent. */
export const runEventSchema = z.intersection(eventStampSchema, eventBodySchema);

export type PatchOperation = z.infer<typeof patchOperationSchema>;
export type Divergence = z.infer<typeof divergenceSchema>;
export type WaitReason = z.infer<typeof waitReasonSchema>;
export type StepKind = z.infer<typeof stepKindSchema>;
export type EventStamp = z.infer<typeof eventStampSchema>;
/** What a writer says; the store adds the stamp. */
export type EventBody = z.infer<typeof eventBodySchema>;
export type EventType = EventBody["type"];
export type RunEvent = EventStamp & EventBody;
