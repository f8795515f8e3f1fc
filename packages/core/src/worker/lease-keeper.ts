/**
 * Keeps the leases of the runs on this worker.
 *
 * 1. A run is confirmed as of the moment before the store was asked. One that could not be confirmed for a whole lease
 *    is stopped here: somebody else may own it (E8).
 * 2. The clock is monotonic. A process that was stopped, or blocked, asks first: a lease that expired but was not taken
 *    is renewed.
 * 3. Between the end of a lease and the next look at the clock no step begins: it waits until the lease was confirmed.
 * 4. Of a run that was stopped here while this process was awake, and the store was not to be reached or had forgotten
 *    what it had acknowledged, the store is told as soon as it answers: that is no crash (E8). A run that blocks its
 *    process for a whole lease is not spoken for.
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
  /** Given up, and the store does not know yet. */
  #givenUp: RunToken[] = [];
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  /** The last look at the clock, and the last one that came after so long that the process was not awake in between. */
  #tickedAt = performance.now();
  #wokeAt = performance.now();

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

  /** The run was stopped, as the store had lost what it had acknowledged. */
  giveUp(token: RunToken): void {
    this.#givenUp.push(token);
  }

  /** Resolves once the store knows of what was given up: before that nothing is claimed, or it would look lost twice. */
  async tell(): Promise<void> {
    if (this.#givenUp.length > 0) await this.#beat();
  }

  async #tick(): Promise<void> {
    const now = performance.now();
    if (now - this.#tickedAt > this.#options.leaseMs / 2) this.#wokeAt = now;
    this.#tickedAt = now;
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
    const givenUp = [...this.#givenUp];
    const { lost, held } = await store.heartbeat({
      worker,
      tokens: asked.map(({ token }) => token),
      givenUp,
      leaseMs,
    });
    this.#givenUp = this.#givenUp.filter((token) => !givenUp.includes(token));
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
    for (const { token, execution, confirmedAt } of this.#held.values()) {
      if (confirmedAt >= oldest) continue;
      execution.stop();
      if (confirmedAt >= this.#wokeAt) this.giveUp(token);
    }
  }
}
