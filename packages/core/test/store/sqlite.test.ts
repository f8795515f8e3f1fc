import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore, type SqliteStoreOptions } from "@alder/core/sqlite";
import { createManualClock, describeStore, type StoreUnderTest } from "@alder/core/testing";
import { describe, test } from "vitest";

const hasNodeSqlite = process.getBuiltinModule?.("node:sqlite") !== undefined;

describeStore("the embedded store on libsql", () => open({ driver: "libsql" }), { describe, test });
describe.runIf(hasNodeSqlite)("where Node brings SQLite", () => {
  describeStore("the embedded store on node:sqlite", () => open({ driver: "node" }), { describe, test });
});

/** Two stores on one file are as two processes: each has a connection of its own. */
async function open(options: Partial<SqliteStoreOptions>): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "alder-store-"));
  const clock = createManualClock();
  const file = { path: join(folder, "runs.db"), clock, ...options };
  return {
    store: createSqliteStore(file),
    other: createSqliteStore(file),
    advance: async (ms) => clock.advance(ms),
    dispose: () => rm(folder, { recursive: true }),
  };
}
