/**
 * Asking for permits.
 *
 * 1. Who has a permit, or a place, has it still when it is asked for again: an answer may have been lost.
 * 2. What another worker has was of an earlier life of the run: it is taken from it, and the new one stands where that stood.
 */
import type { LimitRow, LimitTables, PermitRow } from "../../limit-tables.ts";
import type { AcquirePermits, AcquireResult, PermitAnswer, WantedPermit } from "../../limits.ts";
import { circuitOf, closesAt, turnsAway } from "./breaker.ts";
import { advance, drop, expire, intervalOf, obstacleFor, use } from "./grant.ts";
import { findOrNew, save, type LimitNews } from "./keep.ts";
import { countAhead, join, leave, nextInLine } from "./line.ts";
import { define } from "./numbers.ts";
import { toPace } from "./pace.ts";

/**
 * How much later than whoever is next others ask, at least, in case that one's worker is dead. Else half of what may come
 * early: so nothing of the rate is lost by it.
 */
export const STAND_IN_MS = 25;

export function acquire(
  tables: LimitTables,
  request: AcquirePermits,
  now: number,
): { readonly result: AcquireResult; readonly news: LimitNews } {
  const { key, worker, wanted } = request;
  const before = findOrNew(tables, key, now);
  const { limit: defined, conflict } = define(before, request, now);
  const { limit: renewed, unknown } = renewWanted(tables, defined, request, now);
  const expired = expire(tables, renewed, now);
  const joined = unknown.reduce((row, permit) => add(tables, row, permit, request, now), expired);
  const { limit: advanced, given } = advance(tables, joined, now);
  const { limit, answers } = answer(tables, advanced, wanted, now);

  const next = limit.waiting > 0 ? nextInLine(tables, limit) : undefined;
  const told = new Set(given.map((permit) => permit.worker));
  const hasMoved = given.length > 0 || expired !== renewed || defined.numbers !== before.numbers;
  if (next && hasMoved) told.add(next.worker);
  told.delete(worker);
  const news: LimitNews = { key, workers: told };
  save(tables, before, limit, now, news);

  const isWanted = new Set(wanted.map(({ id }) => id));
  const granted = tables
    .permitsGrantedAfter(key, worker, request.heard)
    .map(({ id }) => id)
    .filter((id) => !isWanted.has(id));
  const result = {
    answers,
    granted,
    heard: limit.count,
    retryAt: retryAt(limit, next, worker, now),
    openUntil: circuitOf(limit, now) === "closed" ? null : closesAt(limit, probeUntil(tables, limit), now),
    ...(conflict && { conflict }),
  };
  return { result, news };
}

/** Those that are there already; who is new is left. */
function renewWanted(
  tables: LimitTables,
  limit: LimitRow,
  { key, worker, leaseMs, wanted }: AcquirePermits,
  now: number,
): { readonly limit: LimitRow; readonly unknown: readonly WantedPermit[] } {
  let row = limit;
  const unknown = new Map<string, WantedPermit>();
  for (const permit of wanted) {
    const found = tables.findPermit(key, permit.id);
    if (!found) {
      unknown.set(permit.id, permit);
      continue;
    }
    const renewed = { ...found, worker, leaseUntil: now + leaseMs };
    const isMine = found.worker === worker;
    if (found.phase === "waiting" || (found.phase === "held" && isMine)) tables.putPermit(key, renewed);
    else row = join(tables, drop(tables, row, found, "none", now), renewed);
  }
  return { limit: row, unknown: [...unknown.values()] };
}

/** Gives it a permit at once where nobody waits, else a place. */
function add(
  tables: LimitTables,
  limit: LimitRow,
  { id, tenant, slot }: WantedPermit,
  { key, worker, leaseMs }: AcquirePermits,
  now: number,
): LimitRow {
  if (turnsAway(limit, id, now)) return limit;
  const position = limit.count + 1;
  const row = { ...limit, count: position };
  const leaseUntil = now + leaseMs;
  const permit: PermitRow = {
    id,
    tenant,
    slot,
    worker,
    phase: "waiting",
    position,
    granted: 0,
    leaseUntil,
    reserved: 0,
  };
  if (limit.waiting > 0 || obstacleFor(limit, slot, now)) return join(tables, row, permit);
  const used = use(row, permit, now);
  tables.putPermit(key, { ...permit, ...used.given });
  return used.limit;
}

function answer(
  tables: LimitTables,
  limit: LimitRow,
  wanted: readonly WantedPermit[],
  now: number,
): { readonly limit: LimitRow; readonly answers: readonly PermitAnswer[] } {
  let row = limit;
  const answers = wanted.map(({ id }): PermitAnswer => {
    const permit = tables.findPermit(limit.key, id);
    if (permit?.phase === "held") return { id, outcome: "granted" };
    if (permit && !turnsAway(row, id, now))
      return { id, outcome: "waiting", ...waiting(tables, row, permit, now) };
    if (permit) row = leave(tables, row, permit, undefined);
    return { id, outcome: "open", retryAt: closesAt(row, probeUntil(tables, row), now) };
  });
  return { limit: row, answers };
}

function waiting(tables: LimitTables, limit: LimitRow, permit: PermitRow, now: number) {
  const ahead = countAhead(tables, limit, permit);
  // Nothing stands against it where many were given permits at once, and it comes next.
  const { reason, until } = obstacleFor(limit, permit.slot, now) ?? { reason: "rate" as const, until: now };
  return { reason, retryAt: until === null ? null : Math.ceil(until + ahead * intervalOf(limit)), ahead };
}

function retryAt(limit: LimitRow, next: PermitRow | undefined, worker: string, now: number): number | null {
  if (limit.waiting === 0) return null;
  const circuit = circuitOf(limit, now);
  if (circuit === "open") return limit.openUntil;
  if (!next || (circuit === "half_open" && limit.probe !== null)) return null;
  const until = obstacleFor(limit, next.slot, now)?.until ?? now;
  if (next.worker === worker) return until;
  const { rate, burst } = limit.numbers ?? {};
  return until + Math.ceil(Math.max(STAND_IN_MS, rate ? toPace(rate, burst).toleranceMs / 2 : 0));
}

function probeUntil(tables: LimitTables, { key, probe }: LimitRow): number | undefined {
  return probe === null ? undefined : tables.findPermit(key, probe)?.leaseUntil;
}
