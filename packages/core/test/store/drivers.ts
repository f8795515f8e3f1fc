import type { SqliteStoreOptions } from "@alder/core/sqlite";

export type DriverName = NonNullable<SqliteStoreOptions["driver"]>;

/** Those this Node has. */
export const drivers: readonly DriverName[] =
  process.getBuiltinModule?.("node:sqlite") === undefined ? ["libsql"] : ["libsql", "node"];
