/**
 * The world outside of the engine's runs: what the leaves do there goes on whatever becomes of the worker.
 *
 * 1. Time passes only when the driver says so, to the next thing that is due.
 * 2. A job is begun once for a step and a try of it, and ends when it would have ended had nobody crashed: whoever
 *    executes the step again waits for the same job. A cancelled job is forgotten.
 */
import type { Json, Step } from "@alder/core";
import type { JournalEntry } from "../../../src/engine/journal-entry.ts";
import type { Clock } from "../../../src/internal/clock.ts";
import { behaviourOf, type Behaviour, type Work } from "./behaviour.ts";
import { USED_TOKENS } from "./budgets.ts";
import { sharesSlots } from "./limits.ts";
import type { Body, LeafName, Program, ProgramBudget, ProgramCache, ProgramLimit } from "./program.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class World {
  readonly seed: number;
  /** Worlds that share a store share no values. */
  readonly id = crypto.randomUUID();
  readonly startedAt = 1_000_000_000;
  /** Bodies of nested workflows and components, by site. */
  readonly bodies: ReadonlyMap<string, Body>;
  /** The worker is alive: what it cancels it means to. */
  isAttended = false;
  /** What was executed: name, site and props of leaves. */
  readonly executions: string[] = [];
  /** Those of them that came to their end. */
  readonly ended: string[] = [];
  readonly limit: ProgramLimit | undefined;
  readonly cache: ProgramCache | undefined;
  readonly budget: ProgramBudget | undefined;
  readonly problems: string[] = [];
  /** Leaves of which no more execute at once than the limit says. */
  readonly #counted: readonly LeafName[];
  #now = this.startedAt;
  readonly #timers = new Set<Timer>();
  readonly #jobs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  /** How often steps have fallen back. */
  readonly #fallbacks = new Map<string, number>();

  #executing = new Set<object>();

  constructor(program: Program, bodies: ReadonlyMap<string, Body>) {
    this.seed = program.seed;
    this.bodies = bodies;
    this.limit = program.limit;
    this.cache = program.cache;
    this.budget = program.budget;
    this.#counted = sharesSlots(program) ? [] : (program.limit?.leaves ?? []);
  }

  get clock(): Clock {
    return {
      now: () => this.#now,
      setTimeout: (run, delayMs) => {
        const timer: Timer = { at: this.#now + Math.max(0, delayMs), run };
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => void this.#timers.delete(timer as Timer),
    };
  }

  /** The next thing that is due happens. False if nothing is. */
  advance(): boolean {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (next === null || timer.at < next.at) next = timer;
    if (next === null) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.run();
    return true;
  }

  /** Nobody is there for a while; what was begun goes on. */
  passUnattended(ms: number): void {
    this.#now += ms;
  }

  /** Somebody takes the run over, with the journal as it is. */
  attend(journal: readonly JournalEntry[]): void {
    this.#timers.clear();
    this.#failures.clear();
    this.#fallbacks.clear();
    this.#executing = new Set();
    for (const entry of journal) this.noteEntry(entry);
    this.isAttended = true;
  }

  noteEntry(entry: JournalEntry): void {
    if (entry.t === "err") this.#failures.set(entry.id, (this.#failures.get(entry.id) ?? 0) + 1);
    if (entry.t === "fallback") this.#fallbacks.set(entry.id, (this.#fallbacks.get(entry.id) ?? 0) + 1);
  }

  /** Work as the behaviour says, with the given number of failures before; failures are counted in the journal. */
  async work(work: Omit<Work, "failures">, step: Step, failures = this.#failuresOf(step)): Promise<Json> {
    this.executions.push(this.#described(work));
    const spend = (leaves: readonly LeafName[] = []): void => {
      if (leaves.includes(work.name)) step.usage({ inputTokens: USED_TOKENS });
    };
    spend(this.budget?.atStart);
    const { durationMs, value, error }: Behaviour = behaviourOf(this.seed, { ...work, failures });
    const leave = this.#enter(work.name, step.signal);
    const tries = [this.#failuresOf(step), this.#fallbacksOf(step), failures];
    await this.#job(`${step.idempotencyKey}|${tries.join("|")}`, durationMs, step.signal);
    leave();
    this.ended.push(this.#described(work));
    if (error !== null) throw new Error(error);
    spend(this.budget?.atEnd);
    return value;
  }

  #fallbacksOf({ idempotencyKey, runId }: Step): number {
    return this.#fallbacks.get(idempotencyKey.slice(runId.length + 1)) ?? 0;
  }

  #described({ name, site, v }: Omit<Work, "failures">): string {
    return JSON.stringify([name, site, v]);
  }

  #failuresOf({ idempotencyKey, runId }: Step): number {
    return this.#failures.get(idempotencyKey.slice(runId.length + 1)) ?? 0;
  }

  /** Counts those that share the limit. */
  #enter(name: LeafName, signal: AbortSignal): () => void {
    const { limit } = this;
    if (limit === undefined || !this.#counted.includes(name)) return () => {};
    const executing = this.#executing;
    const one = {};
    executing.add(one);
    if (executing.size > limit.concurrency)
      this.problems.push(`${executing.size} execute at once, and the limit is ${limit.concurrency}`);
    const leave = (): void => void executing.delete(one);
    signal.addEventListener("abort", leave);
    return leave;
  }

  #job(id: string, durationMs: number, signal: AbortSignal): Promise<void> {
    const end = this.#jobs.get(id) ?? this.#now + durationMs;
    this.#jobs.set(id, end);
    return new Promise((resolve) => {
      let isDone = false;
      const timer = this.clock.setTimeout(() => {
        isDone = true;
        resolve();
      }, end - this.#now);
      signal.addEventListener("abort", () => {
        if (isDone || !this.isAttended) return;
        this.#jobs.delete(id);
        this.clock.clearTimeout(timer);
      });
    });
  }
}
