/** Values that runs share. */
import type { CacheTables } from "../memory/cache-tables.ts";
import type { CacheRow } from "../tables.ts";
import type { SqlRow } from "./driver.ts";
import type { Prepare } from "./statements.ts";

export function createCacheTables(prepare: Prepare): CacheTables {
  return {
    findCached(key) {
      const row = prepare("SELECT * FROM cache WHERE key = ?").get(key);
      return row && toCacheRow(row);
    },
    putCached(row) {
      prepare(
        `INSERT OR REPLACE INTO cache
         (key, component, tenant, value, at, expires_at, filled_by, holder, worker, lead_until, until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        row.key,
        row.component,
        row.tenant,
        row.value,
        row.at,
        row.expiresAt,
        row.filledBy,
        row.holder,
        row.worker,
        row.leadUntil,
        Math.max(row.expiresAt, row.leadUntil),
      );
    },
    deleteCached: (key) => prepare("DELETE FROM cache WHERE key = ?").run(key),
    listCached({ component, tenant }, limit) {
      const given = [component, tenant].filter((value) => value !== undefined);
      const conditions = [
        ...(component === undefined ? [] : ["component = ?"]),
        ...(tenant === undefined ? [] : ["tenant = ?"]),
      ];
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      return prepare(`SELECT key, expires_at FROM cache ${where} LIMIT ?`)
        .all(...given, limit)
        .map(({ key, expires_at: expiresAt }) => ({ key: key as string, expiresAt: expiresAt as number }));
    },
    deleteExpiredCached(now, limit) {
      prepare(
        "DELETE FROM cache WHERE key IN (SELECT key FROM cache WHERE until <= ? ORDER BY until LIMIT ?)",
      ).run(now, limit);
    },
  };
}

function toCacheRow(row: SqlRow): CacheRow {
  return {
    key: row["key"] as string,
    component: row["component"] as string,
    tenant: row["tenant"] as string | null,
    value: row["value"] as string | null,
    at: row["at"] as number,
    expiresAt: row["expires_at"] as number,
    filledBy: row["filled_by"] as string | null,
    holder: row["holder"] as string | null,
    worker: row["worker"] as string | null,
    leadUntil: row["lead_until"] as number,
  };
}
