export { AlderError, type ErrorData, hasCode } from "./errors/alder-error.ts";
export { NonRetryableError } from "./errors/non-retryable-error.ts";
export type { Json, JsonObject } from "./internal/json.ts";
export type { AsJson, NotJson } from "./authoring/as-json.ts";
export type { CachePolicy, CacheScope, ComponentCallOptions } from "./authoring/cache.ts";
export type { Call, CallOptions, Calls, Combined, Duration, Pending, Settled } from "./authoring/call.ts";
export {
  render,
  type RenderOptions,
  sleep,
  sleepUntil,
  use,
  waitFor,
  type WaitOptions,
} from "./authoring/calls.ts";
export { all, race, settled } from "./authoring/combine.ts";
export { component, type Component, type ComponentSchemas } from "./authoring/component.ts";
export {
  Approval,
  type ApprovalProps,
  Catch,
  type CatchProps,
  type ChildrenProps,
  Fallback,
  Limit,
  type LimitProps,
  Output,
  type OutputProps,
  Parallel,
  type ParallelProps,
  Progress,
  type ProgressProps,
  Publish,
  type PublishProps,
  Race,
  Retry,
  type RetryProps,
  Sequence,
  Sleep,
  type SleepProps,
  Status,
  Suspense,
  type SuspenseProps,
  Timeout,
  type TimeoutProps,
  WaitFor,
  type WaitForProps,
} from "./authoring/elements.ts";
export { type Decision, decisionSchema } from "./authoring/decision.ts";
export type { BreakerPolicy, LimitPolicy } from "./authoring/limit.ts";
export type { RetryPolicy, TimeoutPolicy } from "./authoring/policy.ts";
export type { Rate } from "./internal/rate.ts";
export { RetryAfterError } from "./authoring/retry-after-error.ts";
export type { Budget } from "./authoring/budget.ts";
export type { LogFields, Step, Usage, WriteOptions } from "./authoring/step.ts";
export { now, random, uuid } from "./authoring/plain-values.ts";
export { type SchemaMap, workflow, type Workflow, type WorkflowSchemas } from "./authoring/workflow.ts";
