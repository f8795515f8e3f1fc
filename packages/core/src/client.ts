/** `@alder/core/client`: starts runs, steers them and reads their streams, through a store. No Node, no React. */
export { createStoreClient, type StoreClientOptions } from "./client/create-store-client.ts";
export type {
  EventsRead,
  SentSignal,
  SignalOptions,
  StartedRun,
  StartOptions,
  StoreClient,
} from "./client/store-client.ts";
export type { EventBatch, FollowOptions } from "./client/follow.ts";
export type { WaitOptions } from "./client/wait-for-end.ts";
