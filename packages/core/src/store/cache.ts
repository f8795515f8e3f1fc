/**
 * Values that runs share, so that what one has made others need not make again.
 *
 * 1. Of those that need the same value at the same time one leads, and makes it; the others wait until it is there, or
 *    until the leader gives up or is not heard of for a lease. Then one of them leads.
 * 2. Only who leads fills. A lead whose lease is over, or that was cleared or taken over, is lost, and what its holder has
 *    made meanwhile is not kept: it may be older than what was asked for.
 * 3. Every call may be sent again: the holder tells that it is the same.
 * 4. Values expire by themselves; what has expired is deleted a little at a time.
 */
import type { Json } from "../protocol/json.ts";

/** Where a value is, and among which it is cleared. */
export interface CacheAddress {
  /** Says all that the value depends on. */
  readonly key: string;
  /** The component whose output it is. */
  readonly component: string;
  /** Null where it is the same for all tenants; "" for runs without a tenant. */
  readonly tenant: string | null;
}

/** Who leads: a step, the same in every life of its run, and the worker that executes it. */
export interface CacheHolder {
  readonly holder: string;
  readonly worker: string;
}

export interface ReadOrLead extends CacheAddress, CacheHolder {
  /** How long a leader that is not renewed keeps others waiting. */
  readonly leaseMs: number;
  /** Values made up to then do not count, store time. */
  readonly newerThan?: number;
  /** Leads whatever is there: who leads already does so no more. What is there stays until it is filled anew. */
  readonly takeOver?: boolean;
}

export type CacheAnswer =
  /** `at`: when it was made. */
  | { readonly outcome: "hit"; readonly value: Json; readonly at: number }
  | { readonly outcome: "lead" }
  /** `until`: when the lease of the one that leads is over, unless it is renewed. */
  | { readonly outcome: "wait"; readonly until: number };

export interface FillCache extends CacheAddress {
  readonly holder: string;
  readonly value: Json;
  readonly ttlMs: number;
}

/** A lead that somebody has. */
export type CacheLead = Pick<CacheAddress, "key"> & Pick<CacheHolder, "holder">;

/** What is cleared: all that has this component, if one is given, and this tenant, if one is given. */
export interface ClearCache {
  readonly component?: string;
  /** Values of all tenants together are of none. */
  readonly tenant?: string;
}

export interface CacheStore {
  /** The value, or the task to make it, or who waits looks again: once `watchCache` calls, or then. */
  readOrLead(request: ReadOrLead): Promise<CacheAnswer>;
  /** Keeps the value that the holder has made, and ends its lead. `lost`: it does not lead any more. */
  fillCache(filling: FillCache): Promise<"filled" | "lost">;
  /** Ends leads without a value. */
  giveUpLeads(worker: string, leads: readonly CacheLead[]): Promise<void>;
  /** Renews the leads of a worker; which of them it has lost. */
  renewLeads(request: {
    readonly worker: string;
    readonly leaseMs: number;
    readonly leads: readonly CacheLead[];
  }): Promise<{ readonly lost: readonly CacheLead[] }>;
  /** Deletes values, and ends the leads of those that were making such: how many values. In small steps. */
  clearCache(filter: ClearCache): Promise<number>;
  /** Calls back, soon, after the value may have come, or its leader gone. May call back for nothing. */
  watchCache(key: string, onChange: () => void): () => void;
}
