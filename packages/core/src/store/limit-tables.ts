/** What a store keeps of limits, as their transitions see it. */
import type { LimitNumbers, WantedPermit } from "./limits.ts";

/** One key. Times are in store time; 0 is long ago. */
export interface LimitRow {
  readonly key: string;
  readonly numbers: LimitNumbers | null;
  /** When the worker began whose numbers these are. */
  readonly definedAt: number;
  /** Places, turns and permits are numbered by one count: the last number that was given. */
  readonly count: number;
  /** Permits that have a slot of the concurrency. */
  readonly slots: number;
  /** How many stand in the line. */
  readonly waiting: number;
  /** Until when what was given has used up the rate, and the tokens, evenly spread. */
  readonly rateAt: number;
  readonly tokensAt: number;
  /** Of what was used, weighted towards what was used last; null where nobody has said. */
  readonly averageTokens: number | null;
  readonly pausedUntil: number;
  /** When the newest failures were, as many as would open the circuit, oldest first. */
  readonly failures: readonly number[];
  /** Until when nothing is let through; null while the circuit is closed. */
  readonly openUntil: number | null;
  /** The permit that tries whether the provider is well again. */
  readonly probe: string | null;
  /** How often others were told of news. */
  readonly news: number;
  /** From when on it may be forgotten, unless somebody uses it. */
  readonly expiresAt: number;
}

/** `away`: it waits, and is in no line until it is wanted again. */
export type PermitPhase = "waiting" | "away" | "held";

export interface PermitRow extends WantedPermit {
  readonly worker: string;
  readonly phase: PermitPhase;
  /** Its place in the line. */
  readonly position: number;
  /** The number of the permit; 0 while it waits. */
  readonly granted: number;
  readonly leaseUntil: number;
  /** Tokens that were reserved for it. */
  readonly reserved: number;
}

/** Of those that wait for a slot, or for none. */
export interface LineTenant {
  readonly tenant: string;
  /** The number it was given when it was served last, or came: the lowest is next. */
  readonly turn: number;
}

export interface LimitTables {
  findLimit(key: string): LimitRow | undefined;
  putLimit(limit: LimitRow): void;
  deleteLimit(key: string): void;
  /** Keys of those that may be forgotten, as nobody holds or waits for a permit either. */
  expiredLimits(now: number, limit: number): readonly string[];

  hasPermits(key: string): boolean;
  findPermit(key: string, id: string): PermitRow | undefined;
  putPermit(key: string, permit: PermitRow): void;
  deletePermit(key: string, id: string): void;
  /** Whose lease is over, whatever their phase; the oldest leases first. */
  expiredPermits(key: string, now: number, limit: number): readonly PermitRow[];
  /** Keys of up to `limit` permits whose lease is over, the oldest leases first. */
  keysOfExpiredPermits(now: number, limit: number): readonly string[];
  /** Held ones of the worker with a number above. */
  permitsGrantedAfter(key: string, worker: string, granted: number): readonly PermitRow[];
  /** By worker, then in order of their numbers. */
  listHeld(key: string, limit: number): readonly PermitRow[];
  /** By kind and tenant, then in order of their places. */
  listLine(key: string, limit: number): readonly PermitRow[];

  /** Of the tenants with permits in this line, the one whose turn it is. */
  firstTenant(key: string, slot: boolean): LineTenant | undefined;
  findTenant(key: string, slot: boolean, tenant: string): LineTenant | undefined;
  putTenant(key: string, slot: boolean, tenant: LineTenant): void;
  deleteTenant(key: string, slot: boolean, tenant: string): void;
  /** How many there are, and how many of them are served before the turn; both counted up to `most`. */
  countTenants(
    key: string,
    slot: boolean,
    turn: number,
    most: number,
  ): { readonly all: number; readonly before: number };
  /** Of the tenant's waiting permits in this line, the first. */
  firstWaiting(key: string, slot: boolean, tenant: string): PermitRow | undefined;
  /** How many of the tenant's waiting permits in this line come before the position; counted up to `most`. */
  countWaiting(key: string, slot: boolean, tenant: string, position: number, most: number): number;
}
