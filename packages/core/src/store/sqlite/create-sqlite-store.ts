import { resolve } from "node:path";
import { AlderError } from "../../errors/alder-error.ts";
import { systemClock, type Clock } from "../../internal/clock.ts";
import { assembleStore } from "../assemble-store.ts";
import type { Store } from "../store.ts";
import type { Tables } from "../tables.ts";
import type { RandomBytes } from "../transitions/create-run.ts";
import { Watchers } from "../watchers.ts";
import { createCacheTables } from "./cache-tables.ts";
import type { DriverName, SqlDatabase } from "./driver.ts";
import { createLimitTables } from "./limit-tables.ts";
import { createLogTables } from "./log-tables.ts";
import { openFile } from "./open-file.ts";
import { createRetentionTables } from "./retention-tables.ts";
import { createRunTables } from "./run-tables.ts";
import { createPrepare, type Prepare } from "./statements.ts";
import { Transactions } from "./transactions.ts";
import { FileWatch } from "./watch-file.ts";
import { createTimingTables } from "./timing-tables.ts";
import { createWorkerTables } from "./worker-tables.ts";

export interface SqliteStoreOptions {
  /** The file; it and its folder are made where absent. Beside it stand `-wal` and `-shm`, which belong to it. */
  readonly path: string;
  /**
   * What an acknowledged write survives. `"process"`, the default: the death of any process, at any moment. When the
   * machine itself dies (power, kernel), what was acknowledged since the last checkpoint of SQLite may be lost: runs
   * go on from before it, and steps of that time are executed again; the file is not damaged. `"machine"`: that, too,
   * as every commit waits for the disk.
   */
  readonly durability?: "process" | "machine";
  /** How many milliseconds a call waits for a lock that another process holds, before `store_busy`; 10,000 where absent. */
  readonly lockTimeoutMs?: number;
  /** Who brings SQLite; where absent, Node if it has it, else libsql. */
  readonly driver?: DriverName;
  /** Store time; the system's where absent. */
  readonly clock?: Pick<Clock, "now">;
  /** For run ids and salts. */
  readonly random?: RandomBytes;
}

/**
 * The embedded store: SQLite in one file, for any number of processes on one machine.
 *
 * Throws `bad_setting`, or `store_unavailable`, `store_corrupt` or `store_version` when the file cannot be used; its methods reject with
 * `store_full`, `store_busy`, `store_unavailable` or `store_corrupt`, having changed nothing, so that a call can be made
 * again as it was; and with `store_closed` after `close`.
 *
 * @example
 * const store = createSqliteStore({ path: ".alder/runs.db" });
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  checkPath(options.path);
  const path = resolve(options.path);
  const isMachineSafe = options.durability === "machine";
  return createStoreOn(openFile({ path, isMachineSafe, driver: options.driver }), { ...options, path });
}

/** The store on a database that is open and up to date. */
export function createStoreOn(database: SqlDatabase, options: SqliteStoreOptions): Store {
  const { path, lockTimeoutMs = 10_000, clock = systemClock, random = randomBytes } = options;
  const prepare = createPrepare(database);
  const transactions = new Transactions(database, createTables(prepare), { path, lockTimeoutMs });
  const fileWatch = new FileWatch(prepare);
  const watchers: Watchers = new Watchers((isWatched) => {
    if (isWatched) fileWatch.start(watchers);
    else fileWatch.stop();
  });

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    watchers.clear();
    await transactions.close();
    closeFile(database);
  };

  return assembleStore({
    transact: (work, urgency) => transactions.transact(work, urgency),
    read: (work) => transactions.read(work),
    watchers,
    now: () => clock.now(),
    random,
    close: () => (closed ??= close()),
  });
}

/** What SQLite takes for a database without a file would be a file of that name, or none. */
function checkPath(path: string): void {
  if (path !== "" && path !== ":memory:") return;
  throw new AlderError(
    "bad_setting",
    `createSqliteStore: "${path}" is no path of a file: give one such as ".alder/runs.db", or use createMemoryStore of ` +
      "@alder/core/testing where nothing is to be kept.",
  );
}

/** Moves what the log holds into the file, so that it is whole by itself; while others use it, they will. */
function closeFile(database: SqlDatabase): void {
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // Nothing is lost: the log is read when the file is opened.
  }
  database.close();
}

function createTables(prepare: Prepare): Tables {
  return {
    ...createRunTables(prepare),
    ...createLogTables(prepare),
    ...createLimitTables(prepare),
    ...createRetentionTables(prepare),
    ...createTimingTables(prepare),
    ...createCacheTables(prepare),
    ...createWorkerTables(prepare),
  };
}

function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}
