/** `@alder/core/testing`: for tests of workflows and of stores. */
export { createMemoryStore, type MemoryStoreOptions } from "./store/memory/create-memory-store.ts";
export { createManualClock, type ManualClock } from "./testing/manual-clock.ts";
