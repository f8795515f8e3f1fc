/**
 * Who wants to know of changes.
 *
 * 1. A callback never runs inside the call that made the change, and runs once for all changes of one turn.
 * 2. One that throws keeps no other from being called.
 * 3. Once unsubscribed it is not called again.
 */
import type { Unsubscribe } from "./store.ts";

export class Watchers {
  readonly #runs = new Map<string, Set<() => void>>();
  readonly #queues = new Set<() => void>();
  readonly #changed = new Set<Set<() => void>>();
  readonly #onDemand: (isWatched: boolean) => void;

  /** `onDemand` is told when the first watcher comes and when the last one goes. */
  constructor(onDemand: (isWatched: boolean) => void = () => {}) {
    this.#onDemand = onDemand;
  }

  watchRun(runId: string, onChange: () => void): Unsubscribe {
    const wasWatched = this.#isWatched;
    const callbacks = this.#runs.get(runId) ?? new Set();
    this.#runs.set(runId, callbacks);
    return this.#add(callbacks, wasWatched, onChange, () => {
      if (callbacks.size === 0 && this.#runs.get(runId) === callbacks) this.#runs.delete(runId);
    });
  }

  watchQueues(onChange: () => void): Unsubscribe {
    return this.#add(this.#queues, this.#isWatched, onChange, () => {});
  }

  /** Ids of the runs somebody watches. */
  watchedRuns(): Iterable<string> {
    return this.#runs.keys();
  }

  isRunWatched(runId: string): boolean {
    return this.#runs.has(runId);
  }

  get areQueuesWatched(): boolean {
    return this.#queues.size > 0;
  }

  runChanged(runId: string): void {
    this.#mark(this.#runs.get(runId));
  }

  queuesChanged(): void {
    this.#mark(this.#queues);
  }

  clear(): void {
    const wasWatched = this.#isWatched;
    this.#runs.clear();
    this.#queues.clear();
    this.#changed.clear();
    if (wasWatched) this.#onDemand(false);
  }

  #add(
    callbacks: Set<() => void>,
    wasWatched: boolean,
    onChange: () => void,
    onRemoved: () => void,
  ): Unsubscribe {
    // A function of its own, as the same callback may be given twice.
    const callback = (): void => onChange();
    callbacks.add(callback);
    if (!wasWatched) this.#onDemand(true);
    return () => {
      if (!callbacks.delete(callback)) return;
      onRemoved();
      if (!this.#isWatched) this.#onDemand(false);
    };
  }

  #mark(callbacks: Set<() => void> | undefined): void {
    if (callbacks === undefined || callbacks.size === 0) return;
    if (this.#changed.size === 0) setImmediate(() => this.#callBack());
    this.#changed.add(callbacks);
  }

  #callBack(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const callbacks of changed) {
      for (const callback of callbacks) {
        // What it throws is the process's to report, as of any callback, and nobody else's to miss.
        queueMicrotask(() => {
          if (callbacks.has(callback)) callback();
        });
      }
    }
  }

  get #isWatched(): boolean {
    return this.#queues.size > 0 || this.#runs.size > 0;
  }
}
