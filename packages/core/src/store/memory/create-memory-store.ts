import { systemClock, type Clock } from "../../internal/clock.ts";
import { assembleStore } from "../assemble-store.ts";
import type { Store } from "../store.ts";
import type { RandomBytes } from "../transitions/create-run.ts";
import { Watchers } from "../watchers.ts";
import { createMemoryTables } from "./memory-tables.ts";

export interface MemoryStoreOptions {
  /** Store time; the system's where absent. */
  readonly clock?: Pick<Clock, "now">;
  /** For run ids and salts. */
  readonly random?: RandomBytes;
}

/**
 * A store in memory, for tests: nothing survives it.
 *
 * @example
 * const clock = createManualClock();
 * const store = createMemoryStore({ clock });
 */
export function createMemoryStore({ clock = systemClock, random }: MemoryStoreOptions = {}): Store {
  const tables = createMemoryTables();
  const watchers = new Watchers();
  return assembleStore({
    transact: async (work) => work(tables),
    read: async (work) => work(tables),
    watchers,
    now: () => clock.now(),
    random: random ?? randomBytes,
    close: async () => watchers.clear(),
  });
}

function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}
