/** `@alder/core/sqlite`: the embedded store. */
export { createSqliteStore, type SqliteStoreOptions } from "./store/sqlite/create-sqlite-store.ts";
