/** Limits, their permits and lines. */
import type { LimitRow, LimitTables, LineTenant, PermitPhase, PermitRow } from "../limit-tables.ts";
import type { SqlRow, SqlValue } from "./driver.ts";
import type { Prepare } from "./statements.ts";

const PERMIT_COLUMNS = "id, tenant, slot, worker, phase, position, granted, lease_until, reserved";

export function createLimitTables(prepare: Prepare): LimitTables {
  const select = (rest: string, ...values: readonly SqlValue[]): readonly PermitRow[] =>
    prepare(`SELECT ${PERMIT_COLUMNS} FROM permits WHERE limit_key = ? ${rest}`)
      .all(...values)
      .map(toPermit);
  const count = (sql: string, ...values: readonly SqlValue[]): number =>
    prepare(`SELECT count(*) AS count FROM (${sql})`).get(...values)!["count"] as number;

  return {
    findLimit(key) {
      const row = prepare("SELECT state, news, expires_at FROM limits WHERE limit_key = ?").get(key);
      if (!row) return undefined;
      const state = JSON.parse(row["state"] as string) as Omit<LimitRow, "key" | "news" | "expiresAt">;
      return { key, ...state, news: row["news"] as number, expiresAt: row["expires_at"] as number };
    },
    putLimit({ key, news, expiresAt, ...state }) {
      prepare(
        `INSERT INTO limits (limit_key, state, news, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (limit_key)
         DO UPDATE SET state = excluded.state, news = excluded.news, expires_at = excluded.expires_at`,
      ).run(key, JSON.stringify(state), news, expiresAt);
    },
    deleteLimit: (key) => prepare("DELETE FROM limits WHERE limit_key = ?").run(key),
    expiredLimits: (now, limit) =>
      prepare(
        `SELECT limit_key FROM limits WHERE expires_at <= ?
         AND NOT EXISTS (SELECT 1 FROM permits WHERE permits.limit_key = limits.limit_key) LIMIT ?`,
      )
        .all(now, limit)
        .map((row) => row["limit_key"] as string),

    hasPermits: (key) => prepare("SELECT 1 FROM permits WHERE limit_key = ? LIMIT 1").get(key) !== undefined,
    findPermit: (key, id) => select("AND id = ?", key, id)[0],
    putPermit(key, { id, tenant, slot, worker, phase, position, granted, leaseUntil, reserved }) {
      prepare(
        `INSERT INTO permits (limit_key, ${PERMIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (limit_key, id) DO UPDATE SET worker = excluded.worker, phase = excluded.phase,
           granted = excluded.granted, lease_until = excluded.lease_until, reserved = excluded.reserved`,
      ).run(key, id, tenant, slot ? 1 : 0, worker, phase, position, granted, leaseUntil, reserved);
    },
    deletePermit: (key, id) => prepare("DELETE FROM permits WHERE limit_key = ? AND id = ?").run(key, id),
    // By the index of leases, for which the plus is: few are over, of whatever key.
    expiredPermits: (key, now, limit) =>
      prepare(
        `SELECT ${PERMIT_COLUMNS} FROM permits WHERE +limit_key = ? AND lease_until <= ? ORDER BY lease_until LIMIT ?`,
      )
        .all(key, now, limit)
        .map(toPermit),
    keysOfExpiredPermits: (now, limit) => {
      const rows = prepare(
        "SELECT limit_key FROM permits WHERE lease_until <= ? ORDER BY lease_until LIMIT ?",
      ).all(now, limit);
      return [...new Set(rows.map((row) => row["limit_key"] as string))];
    },
    permitsGrantedAfter: (key, worker, granted) =>
      select("AND phase = 'held' AND worker = ? AND granted > ? ORDER BY granted", key, worker, granted),
    listHeld: (key, limit) => select("AND phase = 'held' ORDER BY worker, granted LIMIT ?", key, limit),
    listLine: (key, limit) =>
      select("AND phase = 'waiting' ORDER BY slot, tenant, position LIMIT ?", key, limit),

    firstTenant: (key, slot) =>
      toTenant(
        prepare(
          "SELECT tenant, turn FROM limit_tenants WHERE limit_key = ? AND slot = ? ORDER BY turn LIMIT 1",
        ).get(key, slot ? 1 : 0),
      ),
    findTenant: (key, slot, tenant) =>
      toTenant(
        prepare("SELECT tenant, turn FROM limit_tenants WHERE limit_key = ? AND slot = ? AND tenant = ?").get(
          key,
          slot ? 1 : 0,
          tenant,
        ),
      ),
    putTenant(key, slot, { tenant, turn }) {
      prepare(
        `INSERT INTO limit_tenants (limit_key, slot, tenant, turn) VALUES (?, ?, ?, ?)
         ON CONFLICT (limit_key, slot, tenant) DO UPDATE SET turn = excluded.turn`,
      ).run(key, slot ? 1 : 0, tenant, turn);
    },
    deleteTenant: (key, slot, tenant) =>
      prepare("DELETE FROM limit_tenants WHERE limit_key = ? AND slot = ? AND tenant = ?").run(
        key,
        slot ? 1 : 0,
        tenant,
      ),
    countTenants: (key, slot, turn, most) => ({
      all: count(
        "SELECT 1 FROM limit_tenants WHERE limit_key = ? AND slot = ? LIMIT ?",
        key,
        slot ? 1 : 0,
        most,
      ),
      before: count(
        "SELECT 1 FROM limit_tenants WHERE limit_key = ? AND slot = ? AND turn < ? LIMIT ?",
        key,
        slot ? 1 : 0,
        turn,
        most,
      ),
    }),
    // By the index of the line, word by word.
    firstWaiting: (key, slot, tenant) =>
      select(
        "AND slot = ? AND tenant = ? AND phase = 'waiting' ORDER BY position LIMIT 1",
        key,
        slot ? 1 : 0,
        tenant,
      )[0],
    countWaiting: (key, slot, tenant, position, most) =>
      count(
        `SELECT 1 FROM permits WHERE limit_key = ? AND slot = ? AND tenant = ? AND phase = 'waiting' AND position < ?
         LIMIT ?`,
        key,
        slot ? 1 : 0,
        tenant,
        position,
        most,
      ),
  };
}

function toPermit(row: SqlRow): PermitRow {
  return {
    id: row["id"] as string,
    tenant: row["tenant"] as string,
    slot: row["slot"] === 1,
    worker: row["worker"] as string,
    phase: row["phase"] as PermitPhase,
    position: row["position"] as number,
    granted: row["granted"] as number,
    leaseUntil: row["lease_until"] as number,
    reserved: row["reserved"] as number,
  };
}

function toTenant(row: SqlRow | undefined): LineTenant | undefined {
  return row && { tenant: row["tenant"] as string, turn: row["turn"] as number };
}
