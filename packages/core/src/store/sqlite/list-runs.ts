/** Lists of runs, each along one index: that of the tag, of the tenant, or of workflow and status. */
import type { Tables } from "../tables.ts";
import { RUN_COLUMNS, toRunRow } from "./columns.ts";
import type { SqlValue } from "./driver.ts";
import type { Prepare } from "./statements.ts";

export function createListRuns(prepare: Prepare): Tables["listRuns"] {
  return ({ workflow, status, tenant, tag, before }, limit) => {
    const conditions: string[] = [];
    const values: SqlValue[] = [];
    const require = (condition: string, value: SqlValue | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    const isTagged = tag !== undefined;
    const number = isTagged ? "tags.run" : "number";
    // A plus keeps SQLite from going along another index: a tenant has few runs of those of a workflow.
    const other = isTagged || tenant !== undefined ? "+" : "";
    require("tags.tag = ?", tag);
    if (isTagged) require("tags.tenant = ?", tenant);
    else require("tenant <> '' AND tenant = ?", tenant);
    require(`${other}workflow = ?`, workflow);
    require(`${other}status = ?`, status);
    require(`${number} < ?`, before);
    const from = isTagged ? "tags CROSS JOIN runs ON runs.number = tags.run" : "runs";
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const columns = isTagged ? RUN_COLUMNS.replace("tenant", "runs.tenant") : RUN_COLUMNS;
    return prepare(`SELECT ${columns} FROM ${from} ${where} ORDER BY ${number} DESC LIMIT ?`)
      .all(...values, limit)
      .map(toRunRow);
  };
}
