/** Keeping what is known of a key: for an hour after it was last used, or after the last of its times. */
import type { LimitRow, LimitTables } from "../../limit-tables.ts";
import type { RenewPermits } from "../../limits.ts";

/** How long a key is remembered that nobody uses. */
export const LIMIT_KEPT_MS = 3_600_000;

/** Whom there is something to tell: workers, or all of them. */
export interface LimitNews {
  readonly key: string;
  readonly workers: ReadonlySet<string> | "all";
}

/** One that may be forgotten is not there, whether it was swept away or not. */
export function find(tables: LimitTables, key: string, now: number): LimitRow | undefined {
  const limit = tables.findLimit(key);
  return limit && (limit.expiresAt > now || tables.hasPermits(key)) ? limit : undefined;
}

export function findOrNew(tables: LimitTables, key: string, now: number): LimitRow {
  return (
    find(tables, key, now) ?? {
      key,
      numbers: null,
      definedAt: 0,
      count: 0,
      slots: 0,
      waiting: 0,
      rateAt: 0,
      tokensAt: 0,
      averageTokens: null,
      pausedUntil: 0,
      failures: [],
      openUntil: null,
      probe: null,
      news: 0,
      expiresAt: 0,
    }
  );
}

/** Writes what has changed. */
export function save(
  tables: LimitTables,
  before: LimitRow,
  after: LimitRow,
  now: number,
  news: LimitNews,
): void {
  const row = hasNews(news) ? { ...after, news: after.news + 1 } : after;
  const { rateAt, tokensAt, pausedUntil, openUntil } = row;
  const expiresAt = Math.ceil(Math.max(now, rateAt, tokensAt, pausedUntil, openUntil ?? 0)) + LIMIT_KEPT_MS;
  // Not every time: it stands in an index.
  if (row.expiresAt < expiresAt - LIMIT_KEPT_MS / 10) tables.putLimit({ ...row, expiresAt });
  else if (row !== before) tables.putLimit(row);
}

function hasNews({ workers }: LimitNews): boolean {
  return workers === "all" || workers.size > 0;
}

export function groupByKey(held: RenewPermits["held"]): ReadonlyMap<string, RenewPermits["held"]> {
  const groups = new Map<string, RenewPermits["held"][number][]>();
  for (const permit of held) {
    const group = groups.get(permit.key);
    if (group) group.push(permit);
    else groups.set(permit.key, [permit]);
  }
  return groups;
}
