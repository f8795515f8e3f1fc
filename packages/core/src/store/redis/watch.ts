/** Watching runs and queues: callbacks in this process, fed by what Redis tells. */
import type { Store, Unsubscribe } from "../store.ts";
import { Watchers } from "../watchers.ts";
import type { RedisConnection } from "./connection.ts";
import type { Keys } from "./keys.ts";
import type { Partitions } from "./partitions.ts";
import { Subscriptions } from "./subscriptions.ts";

export class Watch {
  readonly #watchers = new Watchers();
  readonly #keys: Keys;
  readonly #subscriptions: Subscriptions;
  /** Runs by their channels. */
  readonly #runs = new Map<string, string>();
  /** Keys of shared values by their channels. */
  readonly #cached = new Map<string, string>();
  /** Keys of limits by their channels. */
  readonly #limits = new Map<string, string>();
  /** Of the queues that are subscribed. */
  #queues: readonly string[] = [];
  #queueWatchers = 0;

  constructor(keys: Keys, connect: () => RedisConnection) {
    this.#keys = keys;
    this.#subscriptions = new Subscriptions({
      connect,
      onChange: (channel, message) => {
        const runId = this.#runs.get(channel);
        const cached = this.#cached.get(channel);
        const limit = this.#limits.get(channel);
        if (limit !== undefined) return this.#watchers.limitChanged(limit, toWorkers(message));
        if (cached !== undefined) this.#watchers.cacheChanged(cached);
        else if (runId === undefined) this.#watchers.queuesChanged();
        else this.#watchers.runChanged(runId, message === "events" ? "events" : "anything");
      },
    });
  }

  watchRun: Store["watchRun"] = (runId, onChange) => {
    const leave = this.#watchers.watchRun(runId, onChange);
    const partition = this.#keys.partitionOf(runId);
    if (partition === undefined) return leave;
    const channel = this.#keys.runChannel(partition, runId);
    this.#runs.set(channel, runId);
    this.#subscriptions.add(channel);
    return once(() => {
      leave();
      this.#subscriptions.remove(channel);
      if (!this.#watchers.isRunWatched(runId)) this.#runs.delete(channel);
    });
  };

  watchCache: Store["watchCache"] = (key, onChange) => {
    const leave = this.#watchers.watchCache(key, onChange);
    const channel = this.#keys.cacheChannel(key);
    this.#cached.set(channel, key);
    this.#subscriptions.add(channel);
    return once(() => {
      leave();
      this.#subscriptions.remove(channel);
      if (!this.#watchers.isCacheWatched(key)) this.#cached.delete(channel);
    });
  };

  watchLimit: Store["watchLimit"] = (key, worker, onChange) => {
    const leave = this.#watchers.watchLimit(key, worker, onChange);
    const channel = this.#keys.limitChannel(key);
    this.#limits.set(channel, key);
    this.#subscriptions.add(channel);
    return once(() => {
      leave();
      this.#subscriptions.remove(channel);
      if (!this.#watchers.isLimitWatched(key)) this.#limits.delete(channel);
    });
  };

  watchQueues(partitions: Partitions, onChange: () => void): Unsubscribe {
    const leave = this.#watchers.watchQueues(onChange);
    this.#queueWatchers += 1;
    this.subscribeQueues(partitions);
    return once(() => {
      leave();
      this.#queueWatchers -= 1;
      if (this.#queueWatchers > 0) return;
      for (const channel of this.#queues) this.#subscriptions.remove(channel);
      this.#queues = [];
    });
  }

  /** Subscribes what is not yet, while somebody watches. */
  subscribeQueues(partitions: Partitions): void {
    if (this.#queueWatchers === 0) return;
    const channels = partitions.all.map((partition) => this.#keys.queuesChannel(partition));
    for (const channel of channels) if (!this.#queues.includes(channel)) this.#subscriptions.add(channel);
    this.#queues = channels;
  }

  close(): void {
    this.#watchers.clear();
    this.#subscriptions.close();
  }
}

function toWorkers(message: string): readonly string[] | "all" {
  return message === "" ? "all" : (JSON.parse(message) as string[]);
}

function once(leave: () => void): Unsubscribe {
  let hasLeft = false;
  return () => {
    if (hasLeft) return;
    hasLeft = true;
    leave();
  };
}
