import type { SqlDatabase, SqlStatement } from "./driver.ts";

/** Prepares each text of SQL once. */
export type Prepare = (sql: string) => SqlStatement;

/** All texts are literals or put together from few parts, so there are few of them. */
export function createPrepare(database: SqlDatabase): Prepare {
  const prepared = new Map<string, SqlStatement>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}
