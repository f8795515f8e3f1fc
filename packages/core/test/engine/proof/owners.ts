/**
 * What the owners of a run share with other runs: permits of limits, and the making of cached values. What one has is given
 * back when its life is over; what a dead one has is free for the next, as if its leases were over.
 */
import type { Store } from "@alder/core/store";
import type { Clock } from "../../../src/internal/clock.ts";
import type { CacheLead } from "../../../src/store/cache.ts";
import { CacheKeeper } from "../../../src/worker/cache-keeper.ts";
import { LimitKeeper } from "../../../src/worker/limit-keeper.ts";
import { limitOf } from "./limits.ts";
import type { World } from "./world.ts";

/** Longer than all jobs of a program together. */
const LEASE_MS = 2 ** 45;

const known = new WeakMap<World, Owners>();

/** Undefined where the world's program shares nothing. */
export function ownersIn(
  world: World,
  open: (options: { readonly clock: Clock }) => Store,
): Owners | undefined {
  const { clock, limit, cache } = world;
  if (limit === undefined && cache === undefined) return undefined;
  const found = known.get(world) ?? new Owners(open({ clock }), world);
  known.set(world, found);
  return found;
}

interface Owner {
  readonly limits: LimitKeeper;
  readonly cache: CacheKeeper;
  /** The store is being asked for something. */
  readonly isBusy: boolean;
  /** Nothing is given back, until the next owner comes. */
  die(): void;
}

/** The owners of a run, one after the other. */
class Owners {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #key: string;
  readonly #problems: string[];
  #dead: { readonly worker: string; readonly leads: readonly CacheLead[] } | null = null;

  constructor(store: Store, { clock, limit, problems }: World) {
    this.#store = store;
    this.#clock = clock;
    this.#key = limitOf(limit?.concurrency ?? 1).key;
    this.#problems = problems;
  }

  /** The next owner, to whom the leases of the one before are over. */
  async next(): Promise<Owner> {
    await this.#bury();
    const worker = `owner ${crypto.randomUUID()}`;
    const leads: CacheLead[] = [];
    const options = {
      worker,
      clock: this.#clock,
      leaseMs: LEASE_MS,
      onStoreError: (error: unknown) => void this.#problems.push(`the store: ${String(error)}`),
    };
    const limits = new LimitKeeper({ ...options, store: this.#store });
    const cache = new CacheKeeper({ ...options, store: noting(this.#store, leads) });
    return {
      limits,
      cache,
      get isBusy() {
        return limits.isBusy || cache.isBusy;
      },
      die: () => {
        limits.drop();
        cache.drop();
        this.#dead = { worker, leads };
      },
    };
  }

  /** What it has, also of what it was not told of any more. */
  async #bury(): Promise<void> {
    const dead = this.#dead;
    this.#dead = null;
    if (dead === null) return;
    const { worker, leads } = dead;
    const { held = [], line = [] } = (await this.#store.readLimit(this.#key)) ?? {};
    const given = [...held, ...line]
      .filter((permit) => permit.worker === worker)
      .map(({ id }) => ({ id, outcome: "none" as const }));
    await this.#store.releasePermits({ key: this.#key, worker, given });
    await this.#store.giveUpLeads(worker, leads);
  }

  /** The life is over: nothing is left of it. */
  async inspect(): Promise<void> {
    const { slots = 0, waiting = 0 } = (await this.#store.readLimit(this.#key)) ?? {};
    if (slots > 0 || waiting > 0)
      this.#problems.push(`of its limit, ${slots} slots and ${waiting} places are left`);
  }
}

/** Notes what it may lead. */
function noting(store: Store, leads: CacheLead[]): Store {
  return {
    ...store,
    readOrLead(request) {
      leads.push(request);
      return store.readOrLead(request);
    },
  };
}
