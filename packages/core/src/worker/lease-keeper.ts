/**
 * Keeps the leases of the runs on this worker.
 *
 * 1. A run is confirmed as of the moment before the store was asked. One that could not be confirmed for a whole lease
 *    is stopped here: somebody else may own it (E8).
 * 2. The clock is monotonic. A process that was stopped, or blocked, asks first: a lease that expired but was not taken
 *    is renewed.
 * 3. Between the end of a lease and the next look at the clock no step begins: it waits until the lease was confirmed.
 */
import type { RunToken, Store, WorkerInfo } from "../store/store.ts";
import type { RunExecution } from "./run-execution.ts";

export interface LeaseKeeperOptions {
  readonly store: Store;
  readonly worker: WorkerInfo;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly onStoreError: (error: unknown) => void;
}

interface Held {
  readonly token: RunToken;
  readonly execution: RunExecution;
  confirmedAt: number;
  /** Steps that may begin once it is confirmed. */
  readonly admitted: (() => void)[];
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Makes the worker known, and goes on doing so. */
  async start(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => void this.#tick(), this.#options.heartbeatMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `claimedAt`: when the store was asked for it, by `performance.now()`. */
  add(token: RunToken, execution: RunExecution, claimedAt: number): void {
    this.#held.set(token.runId, { token, execution, confirmedAt: claimedAt, admitted: [] });
  }

  remove(runId: string): void {
    this.#held.delete(runId);
  }

  /** Undefined while nobody else can have the run; else it resolves once that is so again, and never if it is not. */
  admit(runId: string): Promise<void> | undefined {
    const held = this.#held.get(runId);
    if (held === undefined || performance.now() - held.confirmedAt < this.#options.leaseMs) return undefined;
    return new Promise((resolve) => held.admitted.push(resolve));
  }

  async #tick(): Promise<void> {
    if (this.#asking) return this.#stopUnconfirmed();
    this.#asking = true;
    try {
      await this.#beat();
    } catch (error) {
      this.#options.onStoreError(error);
      this.#stopUnconfirmed();
    } finally {
      this.#asking = false;
    }
  }

  async #beat(): Promise<void> {
    const { store, worker, leaseMs } = this.#options;
    const askedAt = performance.now();
    const asked = [...this.#held.values()];
    const { lost, held } = await store.heartbeat({
      worker,
      tokens: asked.map(({ token }) => token),
      leaseMs,
    });
    for (const { runId, signals, cancelRequested } of held) {
      const entry = this.#held.get(runId);
      if (entry === undefined) continue;
      entry.confirmedAt = askedAt;
      for (const resolve of entry.admitted.splice(0)) resolve();
      void entry.execution.heard(signals, cancelRequested);
    }
    for (const runId of lost) {
      const entry = this.#held.get(runId);
      // It may have been claimed anew since.
      if (entry !== undefined && entry.confirmedAt <= askedAt) entry.execution.stop();
    }
  }

  #stopUnconfirmed(): void {
    const oldest = performance.now() - this.#options.leaseMs;
    for (const { execution, confirmedAt } of this.#held.values()) if (confirmedAt < oldest) execution.stop();
  }
}
