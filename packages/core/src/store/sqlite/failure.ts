/** What SQLite answers, as errors that tell the file and the fix. */
import { AlderError } from "../../errors/alder-error.ts";
import { SQLITE, SqlError } from "./driver.ts";

/** An error of SQLite as one of Alder's; any other as it is. */
export function toStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof SqlError)) return error;
  const [code, problem] = describe(error.result);
  return new AlderError(code, `The store "${path}" ${problem} (SQLite: ${error.message}).`, {
    cause: error,
    details: { path },
  });
}

export function storeUnavailable(path: string, problem: string, cause?: unknown): AlderError {
  return new AlderError("store_unavailable", `The store "${path}" ${problem}.`, { cause, details: { path } });
}

export function storeCorrupt(path: string, problem: string): AlderError {
  return new AlderError("store_corrupt", `The store "${path}" ${problem}.`, { details: { path } });
}

export function storeClosed(path: string): AlderError {
  return new AlderError(
    "store_closed",
    `The store "${path}" was closed: close it only after the workers and servers that use it.`,
    { details: { path } },
  );
}

function describe(result: number): readonly [code: string, problem: string] {
  switch (result) {
    case SQLITE.FULL:
      return [
        "store_full",
        "has no room left, nothing of this write was kept: free space on its disk, then write again",
      ];
    case SQLITE.NOTADB:
    case SQLITE.CORRUPT:
      return [
        "store_corrupt",
        "is damaged or not a SQLite database: move the file away, with its -wal and -shm, or put a copy of it back",
      ];
    case SQLITE.READONLY:
    case SQLITE.PERM:
      return [
        "store_unavailable",
        "cannot be written: let this user write the file and its folder, and check that the disk is not mounted read-only",
      ];
    case SQLITE.CANTOPEN:
      return [
        "store_unavailable",
        "cannot be opened: give the path of a file in a folder that this user may write",
      ];
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return [
        "store_busy",
        "is locked by another process, which does not let go: end whatever else has the file open, such as a shell with a transaction under way",
      ];
    case SQLITE.IOERR:
      return [
        "store_unavailable",
        "could not be read or written by the operating system: check its disk, then try again",
      ];
    default:
      return ["store_failed", "refused a statement: this is an error in Alder, please report it"];
  }
}
