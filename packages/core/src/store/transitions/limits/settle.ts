/** Renewing permits and giving them back; pausing a key, reading it, and seeing to those that nobody asks for. */
import type { LimitRow, LimitTables, PermitRow } from "../../limit-tables.ts";
import type { LimitState, PermitState, ReleasePermits, RenewPermits } from "../../limits.ts";
import { circuitOf } from "./breaker.ts";
import { advance, drop, expire } from "./grant.ts";
import { find, findOrNew, groupByKey, save, type LimitNews } from "./keep.ts";
import { leave, nextInLine } from "./line.ts";
import { settleTokens } from "./tokens.ts";

/** How many keys one sweep sees to, and how many permits are listed. */
const SWEEP_LIMIT = 100;
export const LISTED = 100;

export function renew(
  tables: LimitTables,
  { worker, leaseMs, held }: RenewPermits,
  now: number,
): { readonly lost: readonly { key: string; id: string }[]; readonly news: readonly LimitNews[] } {
  const lost: { key: string; id: string }[] = [];
  const news = [...groupByKey(held)].map(([key, permits]) => {
    const limit = findOrNew(tables, key, now);
    let row = limit;
    for (const { id, awayUntil } of permits) {
      const found = tables.findPermit(key, id);
      if (found?.worker !== worker) lost.push({ key, id });
      else if (awayUntil === undefined || found.phase === "held")
        tables.putPermit(key, { ...found, leaseUntil: now + leaseMs });
      else row = putAway(tables, row, found, Math.ceil(awayUntil) + leaseMs);
    }
    return moveOn(tables, limit, expire(tables, row, now), now);
  });
  return { lost, news };
}

export function release(tables: LimitTables, { key, worker, given }: ReleasePermits, now: number): LimitNews {
  const limit = findOrNew(tables, key, now);
  let row = limit;
  for (const { id, tokens, outcome } of given) {
    const permit = tables.findPermit(key, id);
    if (permit?.worker !== worker) continue;
    row = drop(tables, row, permit, outcome, now);
    if (permit.phase === "held" && tokens !== undefined)
      row = settleTokens(row, permit.reserved, tokens, now);
  }
  return moveOn(tables, limit, row, now);
}

export function pause(tables: LimitTables, key: string, until: number, now: number): LimitNews {
  const limit = findOrNew(tables, key, now);
  const news: LimitNews = { key, workers: new Set() };
  const pausedUntil = Math.ceil(until);
  if (pausedUntil > limit.pausedUntil) save(tables, limit, { ...limit, pausedUntil }, now, news);
  return news;
}

export function mustSweep(tables: LimitTables, now: number): boolean {
  return tables.keysOfExpiredPermits(now, 1).length > 0 || tables.expiredLimits(now, 1).length > 0;
}

/** Frees what the dead had, and forgets keys that nobody uses. */
export function sweep(tables: LimitTables, now: number): readonly LimitNews[] {
  const news = tables.keysOfExpiredPermits(now, SWEEP_LIMIT).map((key) => {
    const limit = findOrNew(tables, key, now);
    return moveOn(tables, limit, expire(tables, limit, now), now);
  });
  for (const key of tables.expiredLimits(now, SWEEP_LIMIT)) tables.deleteLimit(key);
  return news;
}

export function readLimit(tables: LimitTables, key: string, now: number): LimitState | undefined {
  const limit = find(tables, key, now);
  if (!limit) return undefined;
  return {
    numbers: limit.numbers,
    slots: limit.slots,
    held: tables.listHeld(key, LISTED).map(toState),
    waiting: limit.waiting,
    line: tables.listLine(key, LISTED).map(toState),
    pausedUntil: limit.pausedUntil > now ? limit.pausedUntil : null,
    breaker: circuitOf(limit, now),
    averageTokens: limit.averageTokens,
  };
}

/** Gives permits, where there was a change, and tells who must know. */
function moveOn(tables: LimitTables, before: LimitRow, changed: LimitRow, now: number): LimitNews {
  const { key } = before;
  const { limit, given } = advance(tables, changed, now);
  const hasOpened = limit.openUntil !== null && limit.openUntil !== before.openUntil;
  const workers = new Set(given.map(({ worker }) => worker));
  const next = limit !== before && limit.waiting > 0 ? nextInLine(tables, limit) : undefined;
  if (next) workers.add(next.worker);
  const news: LimitNews = { key, workers: hasOpened ? "all" : workers };
  if (limit !== before) save(tables, before, limit, now, news);
  return news;
}

function putAway(tables: LimitTables, limit: LimitRow, permit: PermitRow, leaseUntil: number): LimitRow {
  const away = { phase: "away", leaseUntil } as const;
  if (permit.phase === "waiting") return leave(tables, limit, permit, away);
  tables.putPermit(limit.key, { ...permit, ...away });
  return limit;
}

function toState({ id, tenant, slot, worker, leaseUntil }: PermitRow): PermitState {
  return { id, tenant, slot, worker, leaseUntil };
}
