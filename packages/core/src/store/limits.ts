/**
 * Limits: what all workers together may do at a time, by key.
 *
 * 1. Whoever wants a permit of a key has a place in its line. Tenants are served in turn, and within a tenant it is first
 *    come, first served, over all workers: who asks more often gets nothing by it.
 * 2. No period of a rate sees more permits than its count, wherever the period begins.
 * 3. A permit and a place are leased: those of a dead worker are free again once the lease is over and anybody asks or
 *    renews.
 * 4. Every call may be sent again: the id of who wants a permit tells that it has it already, and only the worker that has
 *    a permit can give it back.
 * 5. Store time decides. What decides when a step executes is no state of its run, and in no journal (E2).
 */

/** What a key allows. All absent: anything, but it can be paused. */
export interface LimitNumbers {
  /** How many may execute at once. */
  readonly concurrency?: number;
  /** How many may begin in any period. */
  readonly rate?: LimitRate;
  /** How many tokens may be used in a period: as far as they can be told ahead, which the average of what was used does. */
  readonly tokens?: LimitRate;
  /**
   * How many of the rate may begin at the same moment, after a pause: a fiftieth of the count where absent. More costs as
   * much of the steady rate, since no period may see more than the count.
   */
  readonly burst?: number;
  readonly breaker?: BreakerNumbers;
}

export interface LimitRate {
  readonly count: number;
  readonly periodMs: number;
}

/** So many failures within a time open the circuit for another; then one probe is let through. */
export interface BreakerNumbers {
  readonly failures: number;
  readonly withinMs: number;
  readonly openMs: number;
}

export interface WantedPermit {
  /** The same in all lives of the run: of the run and the step. */
  readonly id: string;
  readonly tenant: string;
  /** False for one inside a component that holds a permit of this key: it counts for the rate, not for the concurrency. */
  readonly slot: boolean;
}

export interface AcquirePermits {
  readonly key: string;
  readonly limit: LimitNumbers;
  /** When this worker began, in store time: of two that say different numbers, the one that began later is believed. */
  readonly definedAt: number;
  readonly worker: string;
  /** How long permits and places that are named here are kept without being renewed. */
  readonly leaseMs: number;
  /** Who is new, or would know how it stands, in the order in which they came. Others that wait stay in the line. */
  readonly wanted: readonly WantedPermit[];
  /** What the last answer for this key said; 0 at first. */
  readonly heard: number;
}

export type WaitReason = "concurrency" | "rate" | "tokens" | "paused";

export type PermitAnswer = { readonly id: string } & (
  | { readonly outcome: "granted" }
  | {
      readonly outcome: "waiting";
      readonly reason: WaitReason;
      /** When its turn may come, as far as that is told by rates and pauses; null where it depends on who gives back. */
      readonly retryAt: number | null;
      /** Not more than so many come first, of those that wait for the same; counted up to about a hundred a tenant. */
      readonly ahead: number;
    }
  /** The circuit is open, at least until then: it has no place in the line. */
  | { readonly outcome: "open"; readonly retryAt: number }
);

export interface AcquireResult {
  /** Of the wanted, in their order. */
  readonly answers: readonly PermitAnswer[];
  /** All others of this worker that got a permit since `heard`; may name some it knows of. */
  readonly granted: readonly string[];
  /** To be said in the next call for this key. */
  readonly heard: number;
  /**
   * When to ask again, if anybody of this worker still waits, unless told before through the watch: whoever is next must,
   * others do in case that one's worker is dead. Null: there is nothing to ask for before that.
   */
  readonly retryAt: number | null;
  /** The circuit is open, at least until then; null where it is closed. Whoever waits and was not named keeps its place. */
  readonly openUntil: number | null;
  /** Somebody else has said other numbers for this key. `applies`: they are newer, and hold; else those of this call do. */
  readonly conflict?: { readonly numbers: LimitNumbers; readonly applies: boolean };
}

export interface RenewPermits {
  readonly worker: string;
  readonly leaseMs: number;
  readonly held: readonly {
    readonly key: string;
    readonly id: string;
    /**
     * For one that waits and whose run is parked until then: it gets no permit meanwhile, does not keep others waiting, and
     * has its old place as soon as any worker wants it again, up to a lease after that time.
     */
    readonly awayUntil?: number;
  }[];
}

export interface ReleasePermits {
  readonly key: string;
  /** Only what this worker has is given back: another may have taken over. */
  readonly worker: string;
  readonly given: readonly {
    readonly id: string;
    /** What was really used: 0 where nothing was; absent where nobody knows, then what was reserved counts as used. */
    readonly tokens?: number;
    /** `failed`: it says that the provider is ill. `ok`: it has answered. `none`: nobody knows. */
    readonly outcome: "ok" | "failed" | "none";
  }[];
}

export interface LimitState {
  /** Null where the key was paused before anybody wanted a permit. */
  readonly numbers: LimitNumbers | null;
  /** How many have a slot of the concurrency. */
  readonly slots: number;
  /** A hundred of those that have a permit, by worker, the oldest first. */
  readonly held: readonly PermitState[];
  /** How many stand in the line. */
  readonly waiting: number;
  /** A hundred of these, by tenant, the first ones first. */
  readonly line: readonly PermitState[];
  readonly pausedUntil: number | null;
  readonly breaker: "closed" | "open" | "half_open";
  /** What a permit reserves of `tokens`; null while nobody has said how many were used. */
  readonly averageTokens: number | null;
}

export interface PermitState extends WantedPermit {
  readonly worker: string;
  readonly leaseUntil: number;
}

export interface LimitStore {
  /**
   * Gives whoever is new a place in the line, gives permits to those whose turn it is, of any worker, and says who of this
   * one has some. Those of others are told through the watch.
   */
  acquirePermits(request: AcquirePermits): Promise<AcquireResult>;
  /** Renews permits and places; of those that are not this worker's any more, which. */
  renewPermits(request: RenewPermits): Promise<{ readonly lost: readonly { key: string; id: string }[] }>;
  /** Gives permits and places back. One that is not held is none. */
  releasePermits(request: ReleasePermits): Promise<void>;
  /** Nobody gets a permit of this key before then, in store time; the later of two pauses holds. */
  pauseLimit(key: string, until: number): Promise<void>;
  readLimit(key: string): Promise<LimitState | undefined>;
  /**
   * Calls back, soon, when it is worth asking: somebody of this worker may have got a permit, or may be the next to get one.
   * May call back for nothing.
   */
  watchLimit(key: string, worker: string, onChange: () => void): () => void;
}
