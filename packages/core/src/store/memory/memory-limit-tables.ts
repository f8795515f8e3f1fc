/** Limits in memory. */
import type { LimitRow, LimitTables, LineTenant, PermitRow } from "../limit-tables.ts";

interface StoredLimit {
  row: LimitRow | undefined;
  /** In the order in which they came. */
  readonly permits: Map<string, PermitRow>;
  readonly withSlot: Map<string, LineTenant>;
  readonly withoutSlot: Map<string, LineTenant>;
}

export function createMemoryLimitTables(): LimitTables {
  const limits = new Map<string, StoredLimit>();
  const limitOf = (key: string): StoredLimit => {
    const found = limits.get(key);
    if (found) return found;
    const made = { row: undefined, permits: new Map(), withSlot: new Map(), withoutSlot: new Map() };
    limits.set(key, made);
    return made;
  };
  const select = (key: string, filter: (permit: PermitRow) => boolean): readonly PermitRow[] =>
    [...(limits.get(key)?.permits.values() ?? [])].filter(filter);
  const lineOf = (key: string, slot: boolean) => limitOf(key)[slot ? "withSlot" : "withoutSlot"];
  const lineOfTenant = (key: string, slot: boolean, tenant: string): readonly PermitRow[] =>
    select(
      key,
      (permit) => permit.phase === "waiting" && permit.slot === slot && permit.tenant === tenant,
    ).toSorted(byPosition);

  return {
    findLimit: (key) => limits.get(key)?.row,
    putLimit: (row) => void (limitOf(row.key).row = structuredClone(row)),
    deleteLimit: (key) => void limits.delete(key),
    expiredLimits: (now, limit) =>
      [...limits]
        .filter(([, { row, permits }]) => permits.size === 0 && row && row.expiresAt <= now)
        .slice(0, limit)
        .map(([key]) => key),

    hasPermits: (key) => (limits.get(key)?.permits.size ?? 0) > 0,
    findPermit: (key, id) => limits.get(key)?.permits.get(id),
    putPermit: (key, permit) => void limitOf(key).permits.set(permit.id, permit),
    deletePermit: (key, id) => void limits.get(key)?.permits.delete(id),
    expiredPermits: (key, now, limit) =>
      select(key, ({ leaseUntil }) => leaseUntil <= now)
        .toSorted((left, right) => left.leaseUntil - right.leaseUntil || byPosition(left, right))
        .slice(0, limit),
    keysOfExpiredPermits: (now, limit) =>
      [...limits.keys()]
        .filter((key) => select(key, ({ leaseUntil }) => leaseUntil <= now).length > 0)
        .slice(0, limit),
    permitsGrantedAfter: (key, worker, granted) =>
      select(
        key,
        (permit) => permit.phase === "held" && permit.worker === worker && permit.granted > granted,
      ).toSorted(byNumber),
    listHeld: (key, limit) =>
      select(key, ({ phase }) => phase === "held")
        .toSorted((left, right) => compare(left.worker, right.worker) || byNumber(left, right))
        .slice(0, limit),
    listLine: (key, limit) =>
      select(key, ({ phase }) => phase === "waiting")
        .toSorted(
          (left, right) =>
            Number(left.slot) - Number(right.slot) ||
            compare(left.tenant, right.tenant) ||
            byPosition(left, right),
        )
        .slice(0, limit),

    firstTenant: (key, slot) =>
      [...lineOf(key, slot).values()].toSorted((left, right) => left.turn - right.turn)[0],
    findTenant: (key, slot, tenant) => lineOf(key, slot).get(tenant),
    putTenant: (key, slot, tenant) => void lineOf(key, slot).set(tenant.tenant, tenant),
    deleteTenant: (key, slot, tenant) => void lineOf(key, slot).delete(tenant),
    countTenants(key, slot, turn, most) {
      const all = [...lineOf(key, slot).values()];
      const before = all.filter((tenant) => tenant.turn < turn);
      return { all: Math.min(all.length, most), before: Math.min(before.length, most) };
    },
    firstWaiting: (key, slot, tenant) => lineOfTenant(key, slot, tenant)[0],
    countWaiting: (key, slot, tenant, position, most) =>
      Math.min(lineOfTenant(key, slot, tenant).filter((permit) => permit.position < position).length, most),
  };
}

function byPosition(left: PermitRow, right: PermitRow): number {
  return left.position - right.position;
}

function byNumber(left: PermitRow, right: PermitRow): number {
  return left.granted - right.granted;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
