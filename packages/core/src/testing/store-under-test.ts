import type { Store } from "../store/store.ts";

/** A new, empty store, as a test gets it. */
export interface StoreUnderTest {
  readonly store: Store;
  /** The same data as another process has it; the same store where there are no others. */
  readonly other: Store;
  /** Moves the store's time on: an injected clock, or by waiting. Milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
  /** Clears away what is left once both stores were closed. */
  readonly dispose?: () => Promise<void>;
}
