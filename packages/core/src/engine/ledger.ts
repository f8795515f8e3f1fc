/**
 * What the journal has said so far, beside the calls: results nobody has asked for yet, what each scope was given, how
 * often an attempt failed.
 *
 * 1. A result whose step nobody asks for at its turn waits in the pool; of several for one id the oldest is given first.
 * 2. What a component was given goes back to the pool when its body starts again, oldest first.
 */
import { RareMap } from "../internal/rare-map.ts";
import { RareSet } from "../internal/rare-set.ts";
import type { Applied, FallbackEntry, ResultEntry } from "./journal-entry.ts";

export interface FailedAttempts {
  readonly failures: number;
  /** When the next attempt may start, store time. */
  readonly resumeAt: number;
}

export class Ledger {
  readonly #pool = new RareMap<string, Applied<ResultEntry>[]>();
  readonly #children = new RareMap<string, Set<string>>();
  readonly #given = new RareMap<string, Applied<ResultEntry>[]>();
  readonly attempts = new RareMap<string, FailedAttempts>();
  /** Of steps that have failed for good and that a fallback is to end: the last failure. */
  readonly fallbacks = new RareMap<string, FallbackEntry>();
  /** Deadlines of timers that components await. */
  readonly armed = new RareMap<string, number>();
  /** How often a step was started for calls that are forgotten: attempts that failed and were not cleared not counted. */
  readonly starts = new RareMap<string, number>();
  /** Sequence numbers of results that block nothing, though nobody has asked for them. */
  readonly accepted = new RareSet<number>();

  clear(): void {
    for (const map of [this.#pool, this.#children, this.#given, this.starts]) map.clear();
    for (const map of [this.attempts, this.fallbacks, this.armed]) map.clear();
    this.accepted.clear();
  }

  /** Notes that the step belongs to the scope, which is a component's: only those have attempts. */
  addChild(scope: string, id: string): void {
    const children = this.#children.get(scope);
    if (children === undefined) this.#children.set(scope, new Set([id]));
    else children.add(id);
  }

  /** Notes where a result came from: on recovery the scopes in between may be known from nothing else. */
  noteOrigin({ id, scope, outer = [] }: Pick<ResultEntry, "id" | "scope" | "outer">): void {
    let below = id;
    for (const around of [scope, ...outer]) {
      this.addChild(around, below);
      below = around;
    }
  }

  isChild(scope: string, id: string): boolean {
    return this.#children.get(scope)?.has(id) ?? false;
  }

  /** Ids of all steps below, not the step itself. */
  *descendants(id: string): Generator<string> {
    for (const child of this.#children.get(id) ?? []) {
      yield child;
      yield* this.descendants(child);
    }
  }

  get hasPooled(): boolean {
    return this.#pool.size > 0;
  }

  /** Sequence number of the oldest pooled result of the step. */
  pooledSeq(id: string): number | undefined {
    return this.#pool.get(id)?.[0]?.seq;
  }

  addToPool(entry: Applied<ResultEntry>): void {
    const pooled = this.#pool.get(entry.id);
    if (pooled === undefined) this.#pool.set(entry.id, [entry]);
    else {
      pooled.push(entry);
      pooled.sort((a, b) => a.seq - b.seq);
    }
  }

  takeFromPool(id: string): Applied<ResultEntry> | undefined {
    const pooled = this.#pool.get(id);
    const entry = pooled?.shift();
    if (pooled?.length === 0) this.#pool.delete(id);
    return entry;
  }

  isPooled(entry: Applied<ResultEntry>): boolean {
    return this.#pool.get(entry.id)?.includes(entry) ?? false;
  }

  *pooled(): Generator<Applied<ResultEntry>> {
    for (const entries of this.#pool.values()) yield* entries;
  }

  /** Forgets pooled failures of the step that were written up to `seq`. True if there was any. */
  dropPooledFailures(id: string, seq: number): boolean {
    const pooled = this.#pool.get(id);
    if (pooled === undefined) return false;
    const kept = pooled.filter((entry) => entry.t === "ok" || entry.seq > seq);
    if (kept.length > 0) this.#pool.set(id, kept);
    else this.#pool.delete(id);
    return kept.length < pooled.length;
  }

  /**
   * What is around the step begins a new attempt: forgets how often it has failed up to `seq`. One in flight, which has not
   * failed for good, goes on counting its starts, and goes on in its fallback. True if it had failed for good.
   */
  forgetTries(id: string, seq: number): boolean {
    const failures = this.attempts.get(id)?.failures ?? 0;
    this.attempts.delete(id);
    if (this.#hasFailed(id)) this.fallbacks.delete(id);
    if (failures > 0 && !this.#hasFailed(id)) this.starts.set(id, (this.starts.get(id) ?? 0) + failures);
    return this.dropPooledFailures(id, seq);
  }

  #hasFailed(id: string): boolean {
    return this.#pool.get(id)?.some(({ t }) => t === "err") ?? false;
  }

  /** What made the step fail, of the pooled failure that was written last. */
  failedFrom(id: string): readonly string[] {
    const failure = this.#pool.get(id)?.findLast((entry) => entry.t === "err");
    return failure?.t === "err" ? (failure.from ?? []) : [];
  }

  /** Ids of steps that have failed, for good or for now, inside the component. */
  failedInside(component: string): ReadonlySet<string> {
    const failed = new Set<string>();
    for (const { t, id, inComponent, scope, outer } of this.pooled()) {
      const isInside = scope === component || outer?.includes(component);
      if (t === "err" && inComponent && isInside) failed.add(id);
    }
    for (const id of this.descendants(component))
      if (this.attempts.has(id) || this.fallbacks.has(id)) failed.add(id);
    return failed;
  }

  /** Forgets that the step has failed up to `seq`: it is tried again from the first attempt on. */
  forgetFailures(id: string, seq: number): void {
    const failures = this.#pool.get(id)?.filter((entry) => entry.t === "err" && entry.seq <= seq) ?? [];
    if (failures[0]?.inComponent) {
      const attempts = this.attempts.get(id)?.failures ?? 0;
      this.starts.set(id, (this.starts.get(id) ?? 0) + attempts + failures.length);
    }
    this.dropPooledFailures(id, seq);
    this.attempts.delete(id);
    this.fallbacks.delete(id);
    this.armed.delete(id);
  }

  /** The same of a step on the uncaught path: what has failed may be a timer that fired. */
  forgetResults(id: string, seq: number): void {
    this.forgetFailures(id, seq);
    const kept = this.#pool.get(id)?.filter((entry) => entry.seq > seq) ?? [];
    if (kept.length > 0) this.#pool.set(id, kept);
    else this.#pool.delete(id);
  }

  /** Remembers what a component's scope was given, for the day its body starts again. */
  noteGiven(scope: string, entry: Applied<ResultEntry>): void {
    const given = this.#given.get(scope);
    if (given === undefined) this.#given.set(scope, [entry]);
    else given.push(entry);
  }

  /** Hands out and forgets what the scope was given. */
  takeGiven(scope: string): readonly Applied<ResultEntry>[] {
    const given = this.#given.get(scope) ?? [];
    this.#given.delete(scope);
    return given;
  }
}
