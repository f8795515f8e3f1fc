/**
 * Giving permits, and taking them back.
 *
 * 1. A permit is given to whoever's turn it is, of any worker, as soon as anybody looks and nothing stands against it.
 * 2. One whose lease is over gets nothing and loses what it has.
 */
import type { LimitRow, LimitTables, PermitRow } from "../../limit-tables.ts";
import type { WaitReason } from "../../limits.ts";
import { circuitOf, judge } from "./breaker.ts";
import { hasFreeSlot, leave, nextInLine, takeTurn } from "./line.ts";
import { atMost, charge, readyAt, toPace } from "./pace.ts";
import { tokensToReserve } from "./tokens.ts";

/** What stands against giving a permit; `until` null where it depends on who gives back. */
export interface Obstacle {
  readonly reason: WaitReason;
  readonly until: number | null;
}

/** How many one call sees to at most, so that nobody waits long behind it. */
export const GRANT_LIMIT = 1_000;
export const EXPIRE_LIMIT = 200;

export function obstacleFor(limit: LimitRow, slot: boolean, now: number): Obstacle | undefined {
  const { numbers, pausedUntil, rateAt, tokensAt } = limit;
  if (slot && !hasFreeSlot(limit)) return { reason: "concurrency", until: null };
  const times: { readonly reason: WaitReason; readonly at: number }[] = [
    { reason: "paused", at: pausedUntil },
  ];
  if (numbers?.rate) {
    const pace = toPace(numbers.rate, numbers.burst);
    times.push({ reason: "rate", at: readyAt(atMost(rateAt, pace, now), 1, pace) });
  }
  if (numbers?.tokens) {
    const cost = tokensToReserve(limit, numbers.tokens);
    times.push({ reason: "tokens", at: readyAt(tokensAt, cost, toPace(numbers.tokens)) });
  }
  const latest = times.reduce((left, right) => (right.at > left.at ? right : left));
  return latest.at > now ? { reason: latest.reason, until: Math.ceil(latest.at) } : undefined;
}

/** From one permit to the next, where nothing else stands against it. */
export function intervalOf(limit: LimitRow): number {
  const { numbers } = limit;
  const rate = numbers?.rate ? toPace(numbers.rate, numbers.burst).intervalMs : 0;
  if (!numbers?.tokens) return rate;
  return Math.max(rate, toPace(numbers.tokens).intervalMs * tokensToReserve(limit, numbers.tokens));
}

/** What giving it uses up. What becomes of the permit's row is the caller's. */
export function use(
  limit: LimitRow,
  permit: Pick<PermitRow, "id" | "slot">,
  now: number,
): { readonly limit: LimitRow; readonly given: Pick<PermitRow, "phase" | "granted" | "reserved"> } {
  const { numbers } = limit;
  let { rateAt, tokensAt } = limit;
  let reserved = 0;
  if (numbers?.rate) {
    const pace = toPace(numbers.rate, numbers.burst);
    rateAt = charge(atMost(rateAt, pace, now), 1, pace, now);
  }
  if (numbers?.tokens) {
    reserved = tokensToReserve(limit, numbers.tokens);
    tokensAt = charge(tokensAt, reserved, toPace(numbers.tokens), now);
  }
  const granted = limit.count + 1;
  const slots = limit.slots + (permit.slot ? 1 : 0);
  const probe = circuitOf(limit, now) === "closed" ? limit.probe : permit.id;
  return {
    limit: { ...limit, rateAt, tokensAt, count: granted, slots, probe },
    given: { phase: "held", granted, reserved },
  };
}

export interface Advanced {
  readonly limit: LimitRow;
  /** Whoever got a permit. */
  readonly given: readonly PermitRow[];
}

/** Gives permits to those whose turn it is. */
export function advance(tables: LimitTables, limit: LimitRow, now: number): Advanced {
  const given: PermitRow[] = [];
  let row = limit;
  // Places of the dead count as well: a whole fleet may have died.
  for (let seen = 0; row.waiting > 0 && seen < GRANT_LIMIT; seen++) {
    const circuit = circuitOf(row, now);
    if (circuit === "open" || (circuit === "half_open" && row.probe !== null)) break;
    const next = nextInLine(tables, row);
    if (!next) break;
    if (next.leaseUntil <= now) {
      row = leave(tables, row, next, undefined);
      continue;
    }
    if (obstacleFor(row, next.slot, now)) break;
    const used = use(row, next, now);
    row = leave(tables, used.limit, next, used.given);
    row = takeTurn(tables, row, next.tenant);
    given.push(next);
  }
  return { limit: row, given };
}

/** Takes a permit or a place away. */
export function drop(
  tables: LimitTables,
  limit: LimitRow,
  permit: PermitRow,
  outcome: "ok" | "failed" | "none",
  now: number,
): LimitRow {
  if (permit.phase === "waiting") return leave(tables, limit, permit, undefined);
  tables.deletePermit(limit.key, permit.id);
  if (permit.phase === "away") return limit;
  const slots = limit.slots - (permit.slot ? 1 : 0);
  return judge({ ...limit, slots }, permit.id, outcome, now);
}

/** Takes away what the dead have. */
export function expire(tables: LimitTables, limit: LimitRow, now: number): LimitRow {
  return tables
    .expiredPermits(limit.key, now, EXPIRE_LIMIT)
    .reduce((row, permit) => drop(tables, row, permit, "none", now), limit);
}
