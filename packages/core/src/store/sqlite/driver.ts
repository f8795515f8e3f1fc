/** SQLite as the store needs it, whoever brings it: synchronous, prepared, text and numbers only. */
import { AlderError } from "../../errors/alder-error.ts";

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface SqlStatement {
  run(...values: readonly SqlValue[]): void;
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  all(...values: readonly SqlValue[]): readonly SqlRow[];
}

export interface SqlDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

export type DriverName = "node" | "libsql";

/** What SQLite answered instead of a result; `result` is its primary result code. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  readonly result: number;

  constructor(message: string, code: number, cause: unknown) {
    super(message, { cause });
    // The upper bits of an extended code tell details that no decision is based on.
    this.result = code & 0xff;
  }
}

/** Primary result codes of SQLite: https://www.sqlite.org/rescode.html */
export const SQLITE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const;

/** True when another connection has the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqlError && (error.result === SQLITE.BUSY || error.result === SQLITE.LOCKED);
}

/**
 * A value as it is bound. What is none is refused: the libsql package ends the process for it.
 *
 * What is no text to SQLite becomes U+FFFD, as lone surrogates do anyway: bound as it is, a NUL ends the text for one
 * driver and not for the other. JSON text holds neither.
 */
export function toSql(value: unknown): SqlValue {
  if (typeof value === "string") return value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
  if (typeof value === "number" || value === null) return value;
  throw new AlderError(
    "store_misuse",
    `A ${typeof value} was given where the store takes text, a number or null: check what the call was given against the types of \`Store\`.`,
  );
}
