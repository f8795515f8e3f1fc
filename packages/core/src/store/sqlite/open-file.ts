/**
 * Opening the file.
 *
 * 1. A file that exists and is up to date is only read: opening it takes milliseconds and no lock.
 * 2. A file that is not a store of Alder's, or of a newer Alder, is left as it is.
 * 3. Processes that open a new file at the same time make it once.
 */
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { AlderError } from "../../errors/alder-error.ts";
import { isBusy, type DriverName, type SqlDatabase, type SqlValue } from "./driver.ts";
import { storeCorrupt, storeUnavailable, toStoreError } from "./failure.ts";
import { openWithLibsql } from "./libsql-driver.ts";
import { openWithNode } from "./node-driver.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

export interface FileOptions {
  readonly path: string;
  readonly isMachineSafe: boolean;
  readonly driver: DriverName | undefined;
}

/** How long opening waits for another process that makes or migrates the file. */
const OPEN_TIMEOUT_MS = 10_000;

export function openFile(options: FileOptions): SqlDatabase {
  const { path } = options;
  makeFolder(path);
  const until = performance.now() + OPEN_TIMEOUT_MS;
  for (;;) {
    try {
      return openOnce(options);
    } catch (error) {
      // Where two wait for each other, as both enter WAL mode, SQLite gives up at once, whatever the timeout.
      if (!isBusy(error) || performance.now() > until) throw toStoreError(error, path);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 10);
    }
  }
}

function openOnce({ path, isMachineSafe, driver }: FileOptions): SqlDatabase {
  const database = openWith(path, driver);
  try {
    database.exec(`PRAGMA busy_timeout = ${OPEN_TIMEOUT_MS}`);
    checkOwnership(database, path);
    checkWritable(path);
    enterWal(database, path);
    database.exec(`PRAGMA synchronous = ${isMachineSafe ? "FULL" : "NORMAL"}`);
    // Else one long reader makes the log grow, and it stays as long as it once was.
    database.exec("PRAGMA journal_size_limit = 67108864");
    migrate(database);
    // From here on who waits for a lock waits in its own time, not in the event loop's.
    database.exec("PRAGMA busy_timeout = 0");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    const { message } = error as Error;
    throw storeUnavailable(
      path,
      `has no folder, and none can be made: choose another path (${message})`,
      error,
    );
  }
}

function openWith(path: string, driver: DriverName | undefined): SqlDatabase {
  if (driver === "libsql") return openWithLibsql(path);
  const database = openWithNode(path);
  if (database) return database;
  if (driver === undefined) return openWithLibsql(path);
  throw storeUnavailable(
    path,
    `cannot be opened by "node:sqlite", which Node ${process.version} does not have`,
  );
}

function checkOwnership(database: SqlDatabase, path: string): void {
  // In one transaction: another process may be making the store at this moment.
  database.exec("BEGIN");
  const version = pragma(database, "user_version") as number;
  const isOurs = pragma(database, "application_id") === APPLICATION_ID;
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  database.exec("COMMIT");
  if (!isOurs && !isEmpty) {
    throw storeCorrupt(path, "is a SQLite database of something else than Alder: choose another path");
  }
  if (version > MIGRATIONS.length) {
    throw new AlderError(
      "store_version",
      `The store "${path}" is of version ${version}, this release of Alder knows versions up to ${MIGRATIONS.length}: ` +
        "use the newer release that wrote it, or another path.",
      { details: { path, version, known: MIGRATIONS.length } },
    );
  }
}

/** A file that cannot be written opens all the same, and fails at some later write. */
function checkWritable(path: string): void {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (error) {
    throw storeUnavailable(path, "cannot be written: let this user write the file and its folder", error);
  }
}

function enterWal(database: SqlDatabase, path: string): void {
  if (pragma(database, "journal_mode") === "wal") return;
  const mode = pragma(database, "journal_mode = WAL");
  if (mode !== "wal") {
    throw storeUnavailable(
      path,
      `is on a disk that several processes cannot share (journal mode "${mode}"): use a local disk`,
    );
  }
}

function migrate(database: SqlDatabase): void {
  if (pragma(database, "user_version") === MIGRATIONS.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Somebody else may have been faster.
    const version = pragma(database, "user_version") as number;
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    if (version < MIGRATIONS.length) {
      database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; PRAGMA application_id = ${APPLICATION_ID}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function pragma(database: SqlDatabase, name: string): SqlValue | undefined {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : row[name.split(" ")[0]!];
}
