export { AlderError, type ErrorData, hasCode } from "./errors/alder-error.ts";
export { NonRetryableError } from "./errors/non-retryable-error.ts";
export type { Json, JsonObject } from "./internal/json.ts";
export type { AsJson, NotJson } from "./authoring/as-json.ts";
export type { Call, Calls, Combined, Duration, Pending } from "./authoring/call.ts";
export { all, sleep, use, waitFor, type WaitOptions } from "./authoring/calls.ts";
export { component, type Component, type ComponentSchemas } from "./authoring/component.ts";
export {
  Catch,
  type CatchProps,
  type ChildrenProps,
  Output,
  type OutputProps,
  Parallel,
  type ParallelProps,
  Progress,
  type ProgressProps,
  Publish,
  type PublishProps,
  Sequence,
  Status,
  Suspense,
  type SuspenseProps,
  WaitFor,
  type WaitForProps,
} from "./authoring/elements.ts";
export type { RetryPolicy, TimeoutPolicy } from "./authoring/policy.ts";
export { RetryAfterError } from "./authoring/retry-after-error.ts";
export type { CallOptions } from "./authoring/runtime.ts";
export type { LogFields, Step, Usage, WriteOptions } from "./authoring/step.ts";
export { type SchemaMap, workflow, type Workflow, type WorkflowSchemas } from "./authoring/workflow.ts";
