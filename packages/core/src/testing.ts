/** `@alder/core/testing`: for tests of workflows and of stores. */
export { createMemoryStore, type MemoryStoreOptions } from "./store/memory/create-memory-store.ts";
export { describeStore, type TestRunner } from "./testing/describe-store.ts";
export { createManualClock, type ManualClock } from "./testing/manual-clock.ts";
export type { StoreUnderTest } from "./testing/store-under-test.ts";
