/** Values that runs share, in memory. */
import type { CacheRow, Tables } from "../tables.ts";

export type CacheTables = Pick<
  Tables,
  "findCached" | "putCached" | "deleteCached" | "listCached" | "deleteExpiredCached"
>;

export function createCacheTables(): CacheTables {
  const rows = new Map<string, CacheRow>();
  return {
    findCached: (key) => rows.get(key),
    putCached: (row) => void rows.set(row.key, row),
    deleteCached: (key) => void rows.delete(key),
    listCached: (filter, limit) => [...rows.values()].filter((row) => isOf(row, filter)).slice(0, limit),
    deleteExpiredCached(now, limit) {
      const expired = [...rows.values()].filter(
        ({ expiresAt, leadUntil }) => Math.max(expiresAt, leadUntil) <= now,
      );
      for (const { key } of expired.slice(0, limit)) rows.delete(key);
    },
  };
}

function isOf(row: CacheRow, { component, tenant }: Parameters<CacheTables["listCached"]>[0]): boolean {
  return (
    (component === undefined || row.component === component) &&
    (tenant === undefined || row.tenant === tenant)
  );
}
