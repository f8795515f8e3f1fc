/**
 * Deleting runs.
 *
 * 1. A run goes at once, with all that leads to it; the rows it leaves behind go in steps, as there may be very many.
 */
import type { Tables } from "../tables.ts";
import type { SqlValue } from "./driver.ts";
import type { Prepare } from "./statements.ts";

const LEFT_BEHIND = ["events", "journal", "signals"] as const;
const KEYS = { events: "seq", journal: "seq", signals: "position" } as const;

export function createRetentionTables(prepare: Prepare): Pick<Tables, "deleteEnded" | "purge"> {
  const deleteTags = (number: SqlValue, tags: readonly string[]): void => {
    for (const tag of tags) prepare("DELETE FROM tags WHERE tag = ? AND run = ?").run(tag, number);
  };
  return {
    deleteEnded(endedBefore, limit) {
      const rows = prepare(
        "SELECT number, run_id FROM runs WHERE ended_at IS NOT NULL AND ended_at <= ? ORDER BY ended_at LIMIT ?",
      ).all(endedBefore, limit);
      for (const { number, run_id: runId } of rows) {
        const { tags } = prepare("SELECT tags FROM inputs WHERE run = ?").get(number!) ?? {};
        if (typeof tags === "string") deleteTags(number!, JSON.parse(tags) as string[]);
        prepare("DELETE FROM runs WHERE number = ?").run(number!);
        prepare("DELETE FROM inputs WHERE run = ?").run(number!);
        prepare("DELETE FROM idempotency WHERE run_id = ?").run(runId!);
        prepare("INSERT INTO deleted (run) VALUES (?)").run(number!);
      }
      return rows.length;
    },
    purge(limit) {
      let left = limit;
      while (left > 0) {
        const row = prepare("SELECT run FROM deleted LIMIT 1").get();
        if (row === undefined) return false;
        const run = row["run"] as number;
        for (const table of LEFT_BEHIND) {
          const key = KEYS[table];
          // A range of the primary key: deleting with LIMIT is not built into every SQLite.
          prepare(
            `DELETE FROM ${table} WHERE run = ?1 AND ${key} <= (
               SELECT max(${key}) FROM (SELECT ${key} FROM ${table} WHERE run = ?1 ORDER BY ${key} LIMIT ?2))`,
          ).run(run, Math.max(left, 0));
          left -= prepare("SELECT changes() AS count").get()!["count"] as number;
        }
        const rest = prepare(
          `SELECT EXISTS (SELECT 1 FROM events WHERE run = ?1) OR EXISTS (SELECT 1 FROM journal WHERE run = ?1)
             OR EXISTS (SELECT 1 FROM signals WHERE run = ?1) AS isThere`,
        ).get(run)!["isThere"];
        if (rest === 0) {
          prepare("DELETE FROM deleted WHERE run = ?").run(run);
          left -= 1;
        }
      }
      return true;
    },
  };
}
