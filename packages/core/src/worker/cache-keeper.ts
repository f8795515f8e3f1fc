/**
 * What the steps on this worker need of the values that runs share: those they wait for, and those they make.
 *
 * 1. What it is told by the store or by a timer only makes it look again; nothing depends on being told. Who begins to
 *    wait looks once more after it watches, so that nothing is missed in between.
 * 2. Leads are renewed with the worker's heartbeat. One that was lost stops nothing: its step goes on, and its value is
 *    not kept. What cannot be given up, as the worker died, is free when its lease is over.
 * 3. A lead whose answer comes when nobody needs it any more is given up.
 * 4. While the store does not answer, a step is not executed for that: nothing it would do could be written either.
 */
import { outsideScopes } from "../engine/current-scope.ts";
import type { CacheClaim, CacheDesk, CacheNeed } from "../engine/cache-desk.ts";
import type { Clock } from "../internal/clock.ts";
import type { CacheAnswer, CacheLead, CacheStore } from "../store/cache.ts";
import type { Json } from "../protocol/json.ts";
import { Renewal } from "./renewal.ts";

export interface CacheKeeperOptions {
  readonly store: CacheStore;
  readonly worker: string;
  /** Tells store time. */
  readonly clock: Clock;
  /** How long a lead keeps others waiting that is not renewed, in milliseconds. */
  readonly leaseMs: number;
  /** How often leads are renewed; never where absent. */
  readonly renewEveryMs?: number;
  readonly onStoreError: (error: unknown) => void;
}

/** After an error of the store, and at most so often when a lease should be over. */
const LOOK_AGAIN_MS = 1000;
const SOONEST_LOOK_MS = 25;

export class CacheKeeper implements CacheDesk {
  readonly #options: CacheKeeperOptions;
  readonly #leads = new Set<Claim>();
  /** Asked of the store and not answered. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #renewal: Renewal;

  constructor(options: CacheKeeperOptions) {
    this.#options = options;
    this.#renewal = new Renewal({
      clock: options.clock,
      everyMs: options.renewEveryMs,
      isNeeded: () => this.#leads.size > 0,
      renew: () => this.do(() => this.#renew()),
    });
  }

  ask(need: CacheNeed): CacheClaim {
    // Who asks is in the middle of a step: what follows is in no step's scope.
    return outsideScopes(() => new Claim(need, this.#options, this));
  }

  /** Something is being asked of the store. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Resolves once everything is kept or given up, or after a while. */
  async stop(): Promise<void> {
    await this.#renewal.stopAfter(Promise.all(this.#underWay));
  }

  /** The worker is dead: what it leads, nobody gives up. */
  drop(): readonly CacheLead[] {
    this.#renewal.stop();
    const leads = [...this.#leads].map(toLead);
    this.#leads.clear();
    return leads;
  }

  /** Does this, and says that something is under way. Never rejects. */
  do(work: () => Promise<void>): Promise<void> {
    const doing = work()
      .catch(this.#options.onStoreError)
      .finally(() => this.#underWay.delete(doing));
    this.#underWay.add(doing);
    return doing;
  }

  lead(claim: Claim): void {
    this.#leads.add(claim);
    this.#renewal.start();
  }

  /** Nothing if the worker is dead, or has not led. */
  endLead(claim: Claim, end: () => Promise<void>): void {
    if (this.#leads.delete(claim)) void this.do(end);
  }

  async #renew(): Promise<void> {
    const { store, worker, leaseMs } = this.#options;
    const asked = [...this.#leads];
    if (asked.length === 0) return;
    const { lost } = await store.renewLeads({ worker, leaseMs, leads: asked.map(toLead) });
    const isLost = new Set(lost.map(nameOf));
    for (const claim of asked) if (isLost.has(nameOf(toLead(claim)))) this.#leads.delete(claim);
  }
}

class Claim implements CacheClaim {
  readonly need: CacheNeed;
  readonly #options: CacheKeeperOptions;
  readonly #keeper: CacheKeeper;
  #state: "waiting" | "leading" | "over" = "waiting";
  #isLooking = false;
  #looksAgain = false;
  #unwatch: (() => void) | undefined;
  #timer: ReturnType<Clock["setTimeout"]> | undefined;

  constructor(need: CacheNeed, options: CacheKeeperOptions, keeper: CacheKeeper) {
    this.need = need;
    this.#options = options;
    this.#keeper = keeper;
    this.#look();
  }

  fill(value: Json): void {
    const { key, component, tenant, holder, ttlMs } = this.need;
    this.#end(async () => {
      await this.#options.store.fillCache({ key, component, tenant, holder, ttlMs, value });
    });
  }

  giveUp(): void {
    this.#end(() => this.#options.store.giveUpLeads(this.#options.worker, [toLead(this)]));
  }

  #end(end: () => Promise<void>): void {
    if (this.#state === "over") return;
    this.#leave();
    this.#keeper.endLead(this, end);
  }

  /** Needs nothing more of the store. */
  #leave(): void {
    this.#state = "over";
    this.#rest();
  }

  #rest(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#looksAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#keeper.do(async () => {
      try {
        while (this.#looksAgain && this.#state === "waiting") await this.#lookOnce();
      } catch (error) {
        this.#lookAt(this.#options.clock.now() + LOOK_AGAIN_MS);
        throw error;
      } finally {
        this.#isLooking = false;
      }
    });
  }

  async #lookOnce(): Promise<void> {
    const { store, worker, leaseMs } = this.#options;
    const { key, component, tenant, holder, newerThan, takeOver } = this.need;
    this.#looksAgain = false;
    const answer = await store.readOrLead({
      key,
      component,
      tenant,
      holder,
      worker,
      leaseMs,
      ...(newerThan === undefined ? {} : { newerThan }),
      ...(takeOver === undefined ? {} : { takeOver }),
    });
    if (this.#state === "waiting") this.#take(answer);
    else if (answer.outcome === "lead") await store.giveUpLeads(worker, [toLead(this)]);
  }

  #take(answer: CacheAnswer): void {
    if (answer.outcome === "hit") {
      this.#leave();
      this.need.onHit(answer.value, answer.at);
    } else if (answer.outcome === "lead") {
      this.#state = "leading";
      this.#rest();
      this.#keeper.lead(this);
      this.need.onLead();
    } else {
      this.#lookAt(answer.until);
      if (this.#unwatch === undefined) {
        this.#unwatch = this.#options.store.watchCache(this.need.key, () => this.#look());
        this.#looksAgain = true;
      } else this.need.onWaiting();
    }
  }

  #lookAt(at: number): void {
    const { clock } = this.#options;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    if (this.#state !== "waiting") return;
    const delayMs = Math.max(SOONEST_LOOK_MS, at - clock.now());
    // A timer takes no more than that, and a look too many does no harm.
    this.#timer = clock.setTimeout(() => this.#look(), Math.min(delayMs, 2 ** 31 - 1));
  }
}

function toLead({ need: { key, holder } }: Claim): CacheLead {
  return { key, holder };
}

function nameOf({ key, holder }: CacheLead): string {
  return `${key} ${holder}`;
}
