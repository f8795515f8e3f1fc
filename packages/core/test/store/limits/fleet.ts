/**
 * Workers that want permits, in virtual time: each asks when it was told to, a little late, and gives back when its call has
 * ended.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { LimitNumbers, Store } from "@alder/core/store";
import type { ManualClock } from "@alder/core/testing";

export interface Call {
  readonly id: string;
  readonly tenant: string;
  /** Among the workers. */
  readonly worker: number;
  /** When it is wanted, and how long it takes, in milliseconds. */
  readonly at: number;
  readonly tookMs: number;
}

export interface FleetOptions {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly limit: LimitNumbers;
  readonly leaseMs: number;
  /** By how much the next ask comes late. */
  readonly lateMs: () => number;
  /** Asks that often besides. */
  readonly pollEveryMs?: (worker: number) => number | undefined;
  /** When it dies. */
  readonly diesAt?: (worker: number) => number | undefined;
}

export interface Begun extends Call {
  readonly begunAt: number;
}

interface Worker {
  readonly index: number;
  readonly name: string;
  readonly waiting: Map<string, Call>;
  readonly running: Map<string, { readonly call: Call; readonly endsAt: number }>;
  readonly coming: Call[];
  heard: number;
  askAt: number;
  renewAt: number;
}

const KEY = "llm";

/**
 * All calls in the order in which they began, until nothing happens any more or `until`, since the start. Of one moment they
 * are in the order in which the workers hear of them: the line may have given them in another one.
 */
export async function runFleet(
  calls: readonly Call[],
  until: number,
  options: FleetOptions,
): Promise<readonly Begun[]> {
  const { store, clock, limit, leaseMs, lateMs } = options;
  const start = clock.now();
  const begun: Begun[] = [];
  const count = Math.max(...calls.map(({ worker }) => worker)) + 1;
  const workers = Array.from({ length: count }, (_, index): Worker => {
    const coming = calls.filter(({ worker }) => worker === index);
    const name = `w${index}`;
    const first = { heard: 0, askAt: Infinity, renewAt: leaseMs / 3 };
    return { index, name, waiting: new Map(), running: new Map(), coming, ...first };
  });
  for (const worker of workers) {
    store.watchLimit(KEY, worker.name, () => (worker.askAt = Math.min(worker.askAt, clock.now() - start)));
  }

  async function ask(worker: Worker, now: number): Promise<void> {
    const wanted: Call[] = [];
    while (worker.coming[0] && worker.coming[0].at <= now) wanted.push(worker.coming.shift()!);
    for (const call of wanted) worker.waiting.set(call.id, call);
    const named = wanted.map(({ id, tenant }) => ({ id, tenant, slot: true }));
    const request = { key: KEY, limit, definedAt: 1, worker: worker.name, leaseMs, heard: worker.heard };
    const result = await store.acquirePermits({ ...request, wanted: named });
    worker.heard = result.heard;
    const granted = result.answers.filter(({ outcome }) => outcome === "granted").map(({ id }) => id);
    for (const id of [...granted, ...result.granted]) {
      const call = worker.waiting.get(id);
      if (!call) continue;
      worker.waiting.delete(id);
      worker.running.set(id, { call, endsAt: now + call.tookMs });
      begun.push({ ...call, begunAt: now });
    }
    const next = result.retryAt === null ? Infinity : result.retryAt - start + lateMs();
    const poll = options.pollEveryMs?.(worker.index);
    worker.askAt = worker.waiting.size === 0 ? Infinity : Math.min(next, now + (poll ?? Infinity));
  }

  async function act(worker: Worker, now: number): Promise<void> {
    const given = [...worker.running.values()].filter(({ endsAt }) => endsAt <= now);
    for (const { call } of given) worker.running.delete(call.id);
    if (given.length > 0) {
      const permits = given.map(({ call }) => ({ id: call.id, outcome: "ok" as const }));
      await store.releasePermits({ key: KEY, worker: worker.name, given: permits });
    }
    if (worker.renewAt <= now) {
      const held = [...worker.running.keys(), ...worker.waiting.keys()].map((id) => ({ key: KEY, id }));
      if (held.length > 0) await store.renewPermits({ worker: worker.name, leaseMs, held });
      worker.renewAt = now + leaseMs / 3;
    }
    if (worker.askAt <= now || (worker.coming[0]?.at ?? Infinity) <= now) await ask(worker, now);
  }

  const isAlive = ({ index }: Worker, now: number): boolean => now < (options.diesAt?.(index) ?? Infinity);
  const dueAt = (worker: Worker): number => {
    const ends = Math.min(...[...worker.running.values()].map(({ endsAt }) => endsAt));
    const isBusy = worker.running.size + worker.waiting.size > 0;
    return Math.min(ends, worker.askAt, worker.coming[0]?.at ?? Infinity, isBusy ? worker.renewAt : Infinity);
  };

  for (let now = 0; ; now = Math.max(now, Math.ceil(Math.min(...alive().map(dueAt))))) {
    if (now > until) return begun;
    clock.advance(start + now - clock.now());
    for (const worker of alive()) if (dueAt(worker) <= now) await act(worker, now);
    // Those that were told meanwhile are due at once.
    await turn();
    await turn();
  }

  function alive(): readonly Worker[] {
    return workers.filter((worker) => isAlive(worker, clock.now() - start));
  }
}
