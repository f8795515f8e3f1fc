/**
 * Who wants to know of changes.
 *
 * 1. A callback never runs inside the call that made the change, and runs once for all changes of one turn: `events`
 *    only if nothing else changed.
 * 2. One that throws keeps no other from being called.
 * 3. Once unsubscribed it is not called again.
 */
import type { RunNews, Unsubscribe } from "./store.ts";

type Callbacks = Set<(news: RunNews) => void>;

export class Watchers {
  readonly #runs = new Map<string, Callbacks>();
  /** By key, then by worker. */
  readonly #limits = new Map<string, Map<string, Callbacks>>();
  readonly #queues: Callbacks = new Set();
  /** By key. */
  readonly #cached = new Map<string, Callbacks>();
  readonly #changed = new Map<Callbacks, RunNews>();
  readonly #onDemand: (isWatched: boolean) => void;

  /** `onDemand` is told when the first watcher comes and when the last one goes. */
  constructor(onDemand: (isWatched: boolean) => void = () => {}) {
    this.#onDemand = onDemand;
  }

  watchRun(runId: string, onChange: (news: RunNews) => void): Unsubscribe {
    return this.#addTo(this.#runs, runId, onChange);
  }

  watchCache(key: string, onChange: () => void): Unsubscribe {
    return this.#addTo(this.#cached, key, onChange);
  }

  watchQueues(onChange: () => void): Unsubscribe {
    return this.#add(this.#queues, this.#isWatched, onChange, () => {});
  }

  watchLimit(key: string, worker: string, onChange: () => void): Unsubscribe {
    const wasWatched = this.#isWatched;
    const workers = this.#limits.get(key) ?? new Map<string, Callbacks>();
    const callbacks: Callbacks = workers.get(worker) ?? new Set();
    workers.set(worker, callbacks);
    this.#limits.set(key, workers);
    return this.#add(callbacks, wasWatched, onChange, () => {
      if (callbacks.size === 0 && workers.get(worker) === callbacks) workers.delete(worker);
      if (workers.size === 0 && this.#limits.get(key) === workers) this.#limits.delete(key);
    });
  }

  /** Ids of the runs somebody watches. */
  watchedRuns(): Iterable<string> {
    return this.#runs.keys();
  }

  /** Keys of the shared values somebody watches. */
  watchedCache(): Iterable<string> {
    return this.#cached.keys();
  }

  isCacheWatched(key: string): boolean {
    return this.#cached.has(key);
  }

  cacheChanged(key: string): void {
    this.#mark(this.#cached.get(key), "anything");
  }

  isRunWatched(runId: string): boolean {
    return this.#runs.has(runId);
  }

  /** Keys of the limits somebody watches. */
  watchedLimits(): Iterable<string> {
    return this.#limits.keys();
  }

  isLimitWatched(key: string): boolean {
    return this.#limits.has(key);
  }

  limitChanged(key: string, workers: Iterable<string> | "all"): void {
    const watched = this.#limits.get(key);
    if (!watched) return;
    for (const worker of workers === "all" ? watched.keys() : workers) {
      this.#mark(watched.get(worker), "anything");
    }
  }

  runChanged(runId: string, news: RunNews): void {
    this.#mark(this.#runs.get(runId), news);
  }

  queuesChanged(): void {
    this.#mark(this.#queues, "anything");
  }

  clear(): void {
    const wasWatched = this.#isWatched;
    this.#runs.clear();
    this.#cached.clear();
    this.#limits.clear();
    this.#queues.clear();
    this.#changed.clear();
    if (wasWatched) this.#onDemand(false);
  }

  #addTo(all: Map<string, Callbacks>, name: string, onChange: (news: RunNews) => void): Unsubscribe {
    const wasWatched = this.#isWatched;
    const callbacks: Callbacks = all.get(name) ?? new Set();
    all.set(name, callbacks);
    return this.#add(callbacks, wasWatched, onChange, () => {
      if (callbacks.size === 0 && all.get(name) === callbacks) all.delete(name);
    });
  }

  #add(
    callbacks: Callbacks,
    wasWatched: boolean,
    onChange: (news: RunNews) => void,
    onRemoved: () => void,
  ): Unsubscribe {
    // A function of its own, as the same callback may be given twice.
    const callback = (news: RunNews): void => onChange(news);
    callbacks.add(callback);
    if (!wasWatched) this.#onDemand(true);
    return () => {
      if (!callbacks.delete(callback)) return;
      onRemoved();
      if (!this.#isWatched) this.#onDemand(false);
    };
  }

  #mark(callbacks: Callbacks | undefined, news: RunNews): void {
    if (callbacks === undefined || callbacks.size === 0) return;
    if (this.#changed.size === 0) setImmediate(() => this.#callBack());
    if (news === "anything" || !this.#changed.has(callbacks)) this.#changed.set(callbacks, news);
  }

  #callBack(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const [callbacks, news] of changed) {
      for (const callback of callbacks) {
        // What it throws is the process's to report, as of any callback, and nobody else's to miss.
        queueMicrotask(() => {
          if (callbacks.has(callback)) callback(news);
        });
      }
    }
  }

  get #isWatched(): boolean {
    const isSomeKindWatched = [this.#runs, this.#cached, this.#limits].some(({ size }) => size > 0);
    return this.#queues.size > 0 || isSomeKindWatched;
  }
}
