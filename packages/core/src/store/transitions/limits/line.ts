/**
 * The line of a key.
 *
 * 1. Tenants are served in turn. One that comes, or comes again, is the last of this round; within a tenant it is first come,
 *    first served.
 * 2. Those that need no slot of the concurrency do not wait for one: else they might wait for what holds it around them. Each
 *    kind has a line of its own, and a tenant one turn in both.
 */
import type { LimitRow, LimitTables, PermitRow } from "../../limit-tables.ts";

/** Counting goes so far. */
export const COUNTED = 100;

/** Puts the permit in its place. */
export function join(tables: LimitTables, limit: LimitRow, permit: PermitRow): LimitRow {
  const { key } = limit;
  const { slot, tenant } = permit;
  tables.putPermit(key, { ...permit, phase: "waiting", granted: 0, reserved: 0 });
  const next = { ...limit, waiting: limit.waiting + 1 };
  if (tables.findTenant(key, slot, tenant)) return next;
  const known = tables.findTenant(key, !slot, tenant);
  const turn = known?.turn ?? limit.count + 1;
  tables.putTenant(key, slot, { tenant, turn });
  return known ? next : { ...next, count: turn };
}

/** Takes the permit out of the line; `change` is what becomes of it, or nothing does. */
export function leave(
  tables: LimitTables,
  limit: LimitRow,
  permit: PermitRow,
  change: Partial<PermitRow> | undefined,
): LimitRow {
  const { key } = limit;
  const { id, slot, tenant } = permit;
  if (change === undefined) tables.deletePermit(key, id);
  else tables.putPermit(key, { ...permit, ...change });
  if (!tables.firstWaiting(key, slot, tenant)) tables.deleteTenant(key, slot, tenant);
  return { ...limit, waiting: limit.waiting - 1 };
}

/** The tenant is the last of the round now. */
export function takeTurn(tables: LimitTables, limit: LimitRow, tenant: string): LimitRow {
  const turn = limit.count + 1;
  for (const slot of [true, false]) {
    if (tables.findTenant(limit.key, slot, tenant)) tables.putTenant(limit.key, slot, { tenant, turn });
  }
  return { ...limit, count: turn };
}

export function hasFreeSlot({ numbers, slots }: LimitRow): boolean {
  return slots < (numbers?.concurrency ?? Infinity);
}

/** Whose turn it is. */
export function nextInLine(tables: LimitTables, limit: LimitRow): PermitRow | undefined {
  const { key } = limit;
  const [withSlot, without] = [true, false].map((slot) => {
    const tenant = slot && !hasFreeSlot(limit) ? undefined : tables.firstTenant(key, slot);
    const permit = tenant && tables.firstWaiting(key, slot, tenant.tenant);
    return permit && { turn: tenant.turn, permit };
  });
  if (!withSlot || !without) return (withSlot ?? without)?.permit;
  const order = withSlot.turn - without.turn || withSlot.permit.position - without.permit.position;
  return (order < 0 ? withSlot : without).permit;
}

/** Not more than so many come before it, as tenants are served in turn. */
export function countAhead(tables: LimitTables, limit: LimitRow, permit: PermitRow): number {
  const { key } = limit;
  const { slot, tenant, position } = permit;
  const { turn } = tables.findTenant(key, slot, tenant)!;
  const own = tables.countWaiting(key, slot, tenant, position, COUNTED);
  const { all, before } = tables.countTenants(key, slot, turn, COUNTED);
  return Math.min(own * all + before, limit.waiting - 1);
}
