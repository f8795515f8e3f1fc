import { createManualClock, createMemoryStore, describeStore } from "@alder/core/testing";
import { describe, test } from "vitest";

describeStore(
  "the store in memory",
  async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ clock });
    return { store, other: store, advance: async (ms) => clock.advance(ms) };
  },
  { describe, test },
);
