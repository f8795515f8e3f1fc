/** SQLite as Node brings it: `node:sqlite`, without a flag from 22.13. */
import {
  SqlError,
  toSql,
  type SqlDatabase,
  type SqlRow,
  type SqlStatement,
  type SqlValue,
} from "./driver.ts";

/** As much of `node:sqlite` as is used; its types come with those of a newer Node than the oldest we run on. */
interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => NodeDatabase;
}

interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

interface NodeStatement {
  run(...values: readonly SqlValue[]): object;
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  all(...values: readonly SqlValue[]): readonly SqlRow[];
}

/** Opens a file; undefined where this Node has no SQLite. */
export function openWithNode(path: string): SqlDatabase | undefined {
  const sqlite = loadNodeSqlite();
  return sqlite && caught(() => toDatabase(new sqlite.DatabaseSync(path)));
}

function toDatabase(database: NodeDatabase): SqlDatabase {
  return {
    exec: (sql) => caught(() => database.exec(sql)),
    prepare: (sql) => toStatement(caught(() => database.prepare(sql))),
    close: () => caught(() => database.close()),
  };
}

function toStatement(statement: NodeStatement): SqlStatement {
  return {
    run: (...values) => void caught(() => statement.run(...values.map(toSql))),
    get: (...values) => caught(() => statement.get(...values.map(toSql))),
    all: (...values) => caught(() => statement.all(...values.map(toSql))),
  };
}

function caught<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode } = error as { errcode?: unknown };
    throw typeof errcode === "number" ? new SqlError((error as Error).message, errcode, error) : error;
  }
}

/** Node 22 warns that SQLite is experimental, whoever loads it; that says nothing to the user of a store. */
function loadNodeSqlite(): NodeSqlite | undefined {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule?.("node:sqlite") as NodeSqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
