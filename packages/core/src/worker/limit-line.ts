/** One key's line, as far as this worker stands in it. See `limit-keeper.ts` for the invariants. */
import { outsideScopes } from "../engine/current-scope.ts";
import type { PermitUse, PermitWant } from "../engine/permit-desk.ts";
import type { Clock } from "../internal/clock.ts";
import { callAt } from "../internal/long-timeout.ts";
import type { AcquireResult, LimitStore, PermitAnswer, WantedPermit } from "../store/limits.ts";

export interface LimitLineOptions {
  readonly key: string;
  readonly store: LimitStore;
  readonly worker: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly definedAt: number;
  readonly onStoreError: (error: unknown) => void;
}

/** `new`: the store does not know it yet, or has forgotten it. `away`: its run is about to be parked. */
type EntryState = "new" | "waiting" | "held" | "away" | "over";

export interface LineEntry {
  readonly line: LimitLine;
  readonly want: PermitWant;
  readonly wanted: WantedPermit;
  state: EntryState;
  /** The store may know it. */
  wasNamed: boolean;
  /** When its turn may come, as it was last told. */
  until: number | null;
}

interface Given extends PermitUse {
  readonly id: string;
}

/** In a file, who is new is written in one transaction, behind which heartbeats wait: five hundred take 50 ms. */
export const ASKED_AT_ONCE = 100;
const RETRY_MS = [20, 50, 100, 250, 500];
/** How long it waits at most when it was too early. */
const MOST_EARLY_MS = 100;
/** A pause that has moved by less changes nothing. */
const SAME_PAUSE_MS = 1000;

export class LimitLine {
  readonly #options: LimitLineOptions;
  /** By id, in the order in which they came. */
  readonly #entries = new Map<string, LineEntry>();
  #given: Given[] = [];
  #leaving: { readonly entries: readonly LineEntry[]; readonly resolve: () => void }[] = [];
  #pauseUntil: number | null = null;
  #mustAsk = false;
  /** Whoever waits is to be told how it stands. */
  #nameAll = false;
  #heard = 0;
  /** Until when the key is paused, as the first in line was told. */
  #pausedUntil: number | null = null;
  #saidConflict = false;
  #isClosed = false;
  #clearTimer: (() => void) | undefined;
  /** The time at which it was asked, as the last answer said; null where it is asked for another reason. */
  #askedAt: number | null = null;
  /** How often that was too early, one time after the other. */
  #early = 0;
  #onSettled: (() => void)[] = [];
  readonly #unwatch: () => void;
  isBusy = false;

  constructor(options: LimitLineOptions) {
    this.#options = options;
    const { store, key, worker } = options;
    this.#unwatch = store.watchLimit(key, worker, () => this.#askAgain());
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0 && !this.isBusy;
  }

  join(want: PermitWant, wanted: WantedPermit): LineEntry {
    const entry: LineEntry = { line: this, want, wanted, state: "new", wasNamed: false, until: null };
    const before = this.#entries.get(wanted.id);
    if (before !== undefined) this.giveBack(before, { outcome: "none", tokens: 0 });
    this.#entries.set(wanted.id, entry);
    this.#mustAsk = true;
    this.#move();
    return entry;
  }

  giveBack(entry: LineEntry, use: PermitUse): void {
    if (entry.state === "over") return;
    if (entry.wasNamed) this.#given.push({ id: entry.wanted.id, ...use });
    this.#remove(entry);
    this.#move();
  }

  pause(until: number): void {
    this.#pauseUntil = Math.max(this.#pauseUntil ?? 0, until);
    this.#move();
  }

  /** Resolves once the store knows that these will not ask for a while. */
  leave(entries: readonly LineEntry[]): Promise<void> {
    const waiting = entries.filter(({ state }) => state === "waiting");
    for (const entry of waiting) entry.state = "away";
    return new Promise((resolve) => {
      this.#leaving.push({ entries: waiting, resolve });
      this.#move();
    });
  }

  comeBack(entries: readonly LineEntry[]): void {
    for (const entry of entries) if (entry.state === "away") entry.state = "new";
    this.#askAgain();
  }

  forget(entries: readonly LineEntry[]): void {
    for (const entry of entries) {
      if (entry.state === "away") this.#remove(entry);
      else this.giveBack(entry, { outcome: "none" });
    }
  }

  noteLost(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.state === "held") {
      this.#remove(entry);
      entry.want.onLost();
    } else if (entry?.state === "waiting") {
      entry.state = "new";
      this.#askAgain();
    }
  }

  /** Asks how it stands, if anybody waits. */
  askForWaiting(): void {
    for (const { state } of this.#entries.values()) if (state === "waiting") return this.#askAgain();
  }

  /** What is to be renewed. */
  kept(): readonly { readonly key: string; readonly id: string }[] {
    const { key } = this.#options;
    return [...this.#entries.values()]
      .filter(({ state }) => state === "held" || state === "waiting")
      .map(({ wanted }) => ({ key, id: wanted.id }));
  }

  /** Resolves once nothing is left to be said to the store. */
  settled(): Promise<void> {
    if (!this.isBusy) return Promise.resolve();
    return new Promise((resolve) => this.#onSettled.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#clearTimer?.();
  }

  // ---- one call at a time

  #askAgain(): void {
    if (this.#entries.size === 0) return;
    this.#mustAsk = true;
    this.#move();
  }

  #move(): void {
    if (this.isBusy || this.#isClosed) return;
    this.isBusy = true;
    // Not at once: steps that come together are asked for together.
    outsideScopes(() => setImmediate(() => void this.#work()));
  }

  async #work(): Promise<void> {
    for (let failures = 0; this.#hasWork && !this.#isClosed;) {
      try {
        await this.#workOnce();
        failures = 0;
      } catch (error) {
        if (this.#isClosed) break;
        this.#options.onStoreError(error);
        await pause(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!);
      }
    }
    this.isBusy = false;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  get #hasWork(): boolean {
    return this.#pauseUntil !== null || this.#given.length > 0 || this.#leaving.length > 0 || this.#mustAsk;
  }

  /** What others wait for goes first. */
  async #workOnce(): Promise<void> {
    const { store, key, worker } = this.#options;
    if (this.#pauseUntil !== null) {
      const until = this.#pauseUntil;
      await store.pauseLimit(key, until);
      if (this.#pauseUntil === until) this.#pauseUntil = null;
    }
    while (this.#given.length > 0) {
      const given = this.#given.splice(0, ASKED_AT_ONCE);
      try {
        await store.releasePermits({ key, worker, given });
      } catch (error) {
        this.#given = [...given, ...this.#given];
        throw error;
      }
    }
    if (this.#leaving.length > 0) await this.#leave();
    if (this.#mustAsk) await this.#ask();
  }

  async #leave(): Promise<void> {
    const { store, key, worker, leaseMs } = this.#options;
    const leaving = [...this.#leaving];
    const held = leaving
      .flatMap(({ entries }) => entries)
      .filter(({ state }) => state === "away")
      .map(({ wanted, until }) => ({ key, id: wanted.id, awayUntil: until ?? 0 }));
    if (held.length > 0) await store.renewPermits({ worker, leaseMs, held });
    this.#leaving.splice(0, leaving.length);
    for (const { resolve } of leaving) resolve();
  }

  async #ask(): Promise<void> {
    this.#mustAsk = false;
    const batch = this.#toName();
    const [some] = batch.length > 0 ? batch : this.#standing();
    if (some === undefined) return;
    this.#clearTimer?.();
    this.#clearTimer = undefined;
    const { store, key, worker, leaseMs, definedAt } = this.#options;
    for (const entry of batch) entry.wasNamed = true;
    let result: AcquireResult;
    try {
      result = await store.acquirePermits({
        key,
        limit: some.want.limit.numbers,
        definedAt,
        worker,
        leaseMs,
        wanted: batch.map(({ wanted }) => wanted),
        heard: this.#heard,
      });
    } catch (error) {
      this.#mustAsk = true;
      throw error;
    }
    if (!this.#isClosed) this.#take(result, new Map(batch.map((entry) => [entry.wanted.id, entry])));
  }

  /** Who is new, and the first in line, by whom it is told whether the key is paused; or all. */
  #toName(): readonly LineEntry[] {
    const standing = this.#standing();
    const fresh = standing.filter(({ state }) => state === "new");
    const [first] = standing.filter(({ state }) => state === "waiting");
    const named = this.#nameAll ? standing : first === undefined ? fresh : [first, ...fresh];
    this.#nameAll = false;
    if (named.length > ASKED_AT_ONCE) this.#mustAsk = true;
    return named.slice(0, ASKED_AT_ONCE);
  }

  #standing(): readonly LineEntry[] {
    return [...this.#entries.values()].filter(({ state }) => state === "new" || state === "waiting");
  }

  // ---- answers

  #take(result: AcquireResult, batch: ReadonlyMap<string, LineEntry>): void {
    const { answers, granted, heard, retryAt, openUntil, conflict } = result;
    this.#heard = heard;
    const [first] = this.#standing();
    for (const answer of answers) {
      const entry = batch.get(answer.id);
      // One that was given back meanwhile is given back after this call.
      if (entry !== undefined && entry.state !== "over" && entry.state !== "away")
        this.#answer(entry, answer);
    }
    for (const id of granted) {
      const entry = this.#entries.get(id);
      if (entry?.state === "waiting") this.#grant(entry);
    }
    if (openUntil !== null)
      for (const entry of this.#standing()) if (entry.state === "waiting") this.#open(entry, openUntil);
    if (first !== undefined) this.#notePause(answers.find(({ id }) => id === first.wanted.id));
    if (conflict !== undefined) this.#tellConflict(conflict);
    if (retryAt !== null && this.#standing().length > 0) this.#askAt(retryAt);
  }

  /** Later where it was asked at that time by our clock, and it has not come by the store's: ours was put forward. */
  #askAt(at: number): void {
    const { clock } = this.#options;
    this.#early = at === this.#askedAt ? this.#early + 1 : 0;
    this.#askedAt = null;
    const laterMs = this.#early === 0 ? 0 : Math.min(2 ** this.#early, MOST_EARLY_MS);
    this.#clearTimer = callAt(clock, Math.max(at, clock.now() + laterMs), () => {
      this.#askedAt = at;
      this.#askAgain();
    });
  }

  #answer(entry: LineEntry, answer: PermitAnswer): void {
    if (answer.outcome === "granted") return this.#grant(entry);
    if (answer.outcome === "open") {
      this.#remove(entry);
      return entry.want.onOpen(answer.retryAt);
    }
    const { reason, retryAt, ahead } = answer;
    entry.state = "waiting";
    entry.until = retryAt;
    entry.want.onWaiting({ reason, until: retryAt, ahead });
  }

  /** When a pause has begun, moved or ended for who was first in line, all are told: their runs may wait elsewhere. */
  #notePause(answer: PermitAnswer | undefined): void {
    if (answer === undefined) return;
    const until = answer.outcome === "waiting" && answer.reason === "paused" ? answer.retryAt : null;
    const before = this.#pausedUntil;
    this.#pausedUntil = until;
    const isSame =
      (before === null) === (until === null) && Math.abs((until ?? 0) - (before ?? 0)) < SAME_PAUSE_MS;
    if (isSame || this.#standing().every(({ state }) => state === "new")) return;
    this.#nameAll = this.#mustAsk = true;
  }

  #grant(entry: LineEntry): void {
    entry.state = "held";
    entry.want.onGranted();
  }

  /** It is not to wait for a provider that is ill: its place is given back. */
  #open(entry: LineEntry, until: number): void {
    this.giveBack(entry, { outcome: "none", tokens: 0 });
    entry.want.onOpen(until);
  }

  #tellConflict({ numbers, applies }: NonNullable<AcquireResult["conflict"]>): void {
    const [some] = this.#entries.values();
    if (this.#saidConflict || some === undefined) return;
    this.#saidConflict = true;
    some.want.onConflict(numbers, applies);
  }

  #remove(entry: LineEntry): void {
    entry.state = "over";
    if (this.#entries.get(entry.wanted.id) === entry) this.#entries.delete(entry.wanted.id);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
