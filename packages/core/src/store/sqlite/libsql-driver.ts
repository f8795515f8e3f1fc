/** SQLite as the package `libsql` brings it, prebuilt, for a Node that has none. */
import { createRequire } from "node:module";
import type Libsql from "libsql";
import {
  SqlError,
  toSql,
  type SqlDatabase,
  type SqlRow,
  type SqlStatement,
  type SqlValue,
} from "./driver.ts";

/** Loads the package only now: with `node:sqlite` there, it may be missing or built for another machine. */
export function openWithLibsql(path: string): SqlDatabase {
  const Database = createRequire(import.meta.url)("libsql") as typeof Libsql;
  return caught(() => toDatabase(new Database(path)));
}

function toDatabase(database: Libsql.Database): SqlDatabase {
  return {
    exec: (sql) => void caught(() => database.exec(sql)),
    prepare: (sql) => toStatement(caught(() => database.prepare(sql))),
    close: () => void caught(() => database.close()),
  };
}

// Its binding aborts the process on a boolean or a Buffer: `toSql` lets neither through.
function toStatement(statement: Libsql.Statement): SqlStatement {
  // Rows as arrays, made objects here: the package takes twice as long for it, and adds a property of its own.
  const names = statement.reader
    ? caught(() =>
        statement
          .raw()
          .columns()
          .map(({ name }) => name),
      )
    : [];
  const toRow = (values: unknown): SqlRow => {
    const row: Record<string, SqlValue> = {};
    for (const [index, name] of names.entries()) row[name] = (values as SqlValue[])[index]!;
    return row;
  };
  return {
    run: (...values) => void caught(() => statement.run(...values.map(toSql))),
    get(...values) {
      const found = caught(() => statement.get(...values.map(toSql)));
      return found === undefined ? undefined : toRow(found);
    },
    all: (...values) => caught(() => statement.all(...values.map(toSql))).map(toRow),
  };
}

function caught<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = resultCodeOf(error);
    throw code === undefined ? error : new SqlError((error as Error).message, code, error);
  }
}

function resultCodeOf(error: unknown): number | undefined {
  const { rawCode, message } = error as { rawCode?: unknown; message?: unknown };
  if (typeof rawCode === "number") return rawCode;
  // A file that cannot be opened is told in the message only.
  const opening = /^ConnectionFailed\(.*: (\d+)"\)$/s.exec(String(message));
  return opening ? Number(opening[1]) : undefined;
}
