/** `@alder/core/testing`: for tests of workflows and of stores. */
export { createMemoryStore, type MemoryStoreOptions } from "./store/memory/create-memory-store.ts";
export type { CrashedWrite, CrashPoint } from "./testing/test-run/crash-point.ts";
export { createTestRun } from "./testing/test-run/create-test-run.ts";
export { expectRecovery, type Recovered, type RecoveryOptions } from "./testing/test-run/expect-recovery.ts";
export { expectReplay } from "./testing/test-run/expect-replay.ts";
export { mock, type Mock, type Mockable, type MockWork } from "./testing/test-run/mock.ts";
export type {
  TestableWorkflow,
  TestClock,
  TestRun,
  TestRunOptions,
  TestSignalOptions,
  TestWait,
} from "./testing/test-run/test-run.ts";
export { describeStore, type TestRunner } from "./testing/describe-store.ts";
export { createManualClock, type ManualClock } from "./testing/manual-clock.ts";
export type { StoreUnderTest } from "./testing/store-under-test.ts";
