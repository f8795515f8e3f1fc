/** Values that runs share: reading them, leading those that are to be made, filling and clearing. */
import type { Json } from "../../protocol/json.ts";
import type { CacheAnswer, CacheLead, ClearCache, FillCache, ReadOrLead } from "../cache.ts";
import type { CacheRow, Tables } from "../tables.ts";

/** How many expired values are deleted by each call that adds one. */
export const SWEPT_VALUES = 20;

/** How many values one transaction clears at most, so that nobody waits long behind it. */
export const CLEARED_AT_ONCE = 200;

/** What can be answered without a change: undefined where the caller is to lead. */
export function readCache(tables: Tables, request: ReadOrLead, now: number): CacheAnswer | undefined {
  if (request.takeOver) return undefined;
  const row = tables.findCached(request.key);
  if (row === undefined) return undefined;
  if (row.value !== null && isKept(row, now) && row.at > (request.newerThan ?? -1)) {
    return { outcome: "hit", value: JSON.parse(row.value) as Json, at: row.at };
  }
  const isWaitedFor = isLed(row, now) && row.holder !== request.holder;
  return isWaitedFor ? { outcome: "wait", until: row.leadUntil } : undefined;
}

export function readOrLead(tables: Tables, request: ReadOrLead, now: number): CacheAnswer {
  const answer = readCache(tables, request, now);
  if (answer !== undefined) return answer;
  const { key, component, tenant, holder, worker, leaseMs } = request;
  tables.deleteExpiredCached(now, SWEPT_VALUES);
  const row = tables.findCached(key) ?? { ...EMPTY, key, component, tenant };
  tables.putCached({ ...row, holder, worker, leadUntil: now + leaseMs });
  return { outcome: "lead" };
}

/** `text`: the value as JSON, made before any lock is taken. */
export function fillCache(
  tables: Tables,
  { key, holder, ttlMs }: FillCache,
  text: string,
  now: number,
): "filled" | "lost" {
  const row = tables.findCached(key);
  if (row === undefined) return "lost";
  // Sent again: it is there already.
  if (row.holder !== holder || !isLed(row, now))
    return row.filledBy === holder && isKept(row, now) ? "filled" : "lost";
  // Later than the one before it, which may be asked not to be given again.
  const at = isKept(row, now) ? Math.max(now, row.at + 1) : now;
  tables.putCached({ ...row, ...UNLED, value: text, at, expiresAt: now + ttlMs, filledBy: holder });
  tables.deleteExpiredCached(now, SWEPT_VALUES);
  return "filled";
}

/** Keys of those that were given up. */
export function giveUpLeads(
  tables: Tables,
  worker: string,
  leads: readonly CacheLead[],
  now: number,
): readonly string[] {
  const keys: string[] = [];
  for (const lead of leads) {
    const row = findLed(tables, worker, lead, now);
    if (row === undefined) continue;
    tables.putCached({ ...row, ...UNLED });
    keys.push(lead.key);
  }
  return keys;
}

/** Those that are lost. */
export function renewLeads(
  tables: Tables,
  worker: string,
  leads: readonly CacheLead[],
  leaseMs: number,
  now: number,
): readonly CacheLead[] {
  return leads.filter((lead) => {
    const row = findLed(tables, worker, lead, now);
    if (row !== undefined) tables.putCached({ ...row, leadUntil: now + leaseMs });
    return row === undefined;
  });
}

export interface Cleared {
  /** Values that had not expired. */
  readonly values: number;
  readonly keys: readonly string[];
}

export function clearCache(tables: Tables, filter: ClearCache, now: number): Cleared {
  const found = tables.listCached(filter, CLEARED_AT_ONCE);
  for (const { key } of found) tables.deleteCached(key);
  return {
    values: found.filter(({ expiresAt }) => expiresAt > now).length,
    keys: found.map(({ key }) => key),
  };
}

function findLed(
  tables: Tables,
  worker: string,
  { key, holder }: CacheLead,
  now: number,
): CacheRow | undefined {
  const row = tables.findCached(key);
  return row?.holder === holder && row.worker === worker && isLed(row, now) ? row : undefined;
}

function isKept({ expiresAt }: CacheRow, now: number): boolean {
  return expiresAt > now;
}

function isLed({ leadUntil }: CacheRow, now: number): boolean {
  return leadUntil > now;
}

const UNLED = { holder: null, worker: null, leadUntil: 0 } as const;
const EMPTY: Omit<CacheRow, "key" | "component" | "tenant"> = {
  ...UNLED,
  value: null,
  at: 0,
  expiresAt: 0,
  filledBy: null,
};
