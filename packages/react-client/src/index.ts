/** `@alder/react-client`: a client of Alder's API for browsers, and its React hooks. */
export { createClient, type Client, type ClientOptions, type HandleSettings } from "./client.ts";
export type { Clock } from "./clock.ts";
export { AlderProvider, type AlderProviderProps } from "./hooks/alder-provider.tsx";
export type { StorageLike } from "./hooks/run-id-cell.ts";
export type { Persist } from "./hooks/use-run-id.ts";
export { useWorkflowRun } from "./hooks/use-workflow-run.ts";
export type { RunEnding, WaitingInput, WorkflowRun, WorkflowRunOptions } from "./hooks/workflow-run.ts";
export type { HeadersSource, SignalOptions } from "./http/api.ts";
export type { StartOptions } from "./http/start-headers.ts";
export type { RunEventListener, RunSnapshot } from "./run/run-feed.ts";
export type { RunHandle } from "./run/run-handle.ts";
export type { Connection } from "./stream/follow-run.ts";
export type { Visibility } from "./stream/visibility.ts";
export type { Wake } from "./stream/wake.ts";
export type {
  ByName,
  InputOf,
  ObjectName,
  ObjectOf,
  OutputOf,
  PayloadOf,
  SignalName,
  StartArguments,
  UntypedWorkflow,
  WorkflowsByName,
  WorkflowTypes,
} from "./workflow-types.ts";
