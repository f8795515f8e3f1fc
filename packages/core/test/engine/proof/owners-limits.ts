/**
 * What the owners of a run have of its limits. What one has is given back when its life is over; what a dead one has is free
 * for the next, as if its lease were over.
 */
import type { LimitStore } from "@alder/core/store";
import type { Clock } from "../../../src/internal/clock.ts";
import { LimitKeeper } from "../../../src/worker/limit-keeper.ts";
import { limitOf } from "./limits.ts";
import type { World } from "./world.ts";

/** Longer than all jobs of a program together. */
const LEASE_MS = 2 ** 45;

const known = new WeakMap<World, OwnersLimits>();

/** Undefined where the world's program has no limits. */
export function ownersLimits(
  world: World,
  open: (options: { readonly clock: Clock }) => LimitStore,
): OwnersLimits | undefined {
  const { limit, clock } = world;
  if (limit === undefined) return undefined;
  const found = known.get(world) ?? new OwnersLimits(open({ clock }), world, limit.concurrency);
  known.set(world, found);
  return found;
}

export interface LifeLimits {
  readonly keeper: LimitKeeper;
  /** Its owner dies: nothing is given back, until `bury`. */
  die(): void;
}

/** What the owners of a run have of its limits, one after the other. */
class OwnersLimits {
  readonly #store: LimitStore;
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #problems: string[];
  #dead: string | null = null;

  constructor(store: LimitStore, { clock, problems }: World, concurrency: number) {
    this.#store = store;
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#problems = problems;
  }

  /** The next owner, to whom the leases of the one before are over. */
  async next(): Promise<LifeLimits> {
    await this.#bury();
    const worker = `owner ${crypto.randomUUID()}`;
    const keeper = new LimitKeeper({
      store: this.#store,
      worker,
      clock: this.#clock,
      leaseMs: LEASE_MS,
      onStoreError: (error) => this.#problems.push(`the limits: ${String(error)}`),
    });
    return {
      keeper,
      die: () => {
        keeper.drop();
        this.#dead = worker;
      },
    };
  }

  /** What it has, also of what it was not told of any more. */
  async #bury(): Promise<void> {
    const worker = this.#dead;
    this.#dead = null;
    if (worker === null) return;
    const { key } = limitOf(this.#concurrency);
    const { held = [], line = [] } = (await this.#store.readLimit(key)) ?? {};
    const given = [...held, ...line]
      .filter((permit) => permit.worker === worker)
      .map(({ id }) => ({ id, outcome: "none" as const }));
    await this.#store.releasePermits({ key, worker, given });
  }

  /** The run is over: nothing is left of it. */
  async inspect(): Promise<void> {
    const state = await this.#store.readLimit(limitOf(this.#concurrency).key);
    const { slots = 0, waiting = 0 } = state ?? {};
    if (slots > 0 || waiting > 0)
      this.#problems.push(`of its limit, ${slots} slots and ${waiting} places are left`);
  }
}
