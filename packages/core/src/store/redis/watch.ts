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
  /** What a message is told as, by its channel. */
  readonly #told = new Map<string, (message: string) => void>();
  /** Of the queues that are subscribed. */
  #queues: readonly string[] = [];
  #queueWatchers = 0;

  constructor(keys: Keys, connect: () => RedisConnection) {
    this.#keys = keys;
    this.#subscriptions = new Subscriptions({
      connect,
      onChange: (channel, message) => {
        const tell = this.#told.get(channel);
        if (tell === undefined) this.#watchers.queuesChanged();
        else tell(message);
      },
    });
  }

  watchRun: Store["watchRun"] = (runId, onChange) => {
    const leave = this.#watchers.watchRun(runId, onChange);
    const partition = this.#keys.partitionOf(runId);
    if (partition === undefined) return leave;
    return this.#listen(
      this.#keys.runChannel(partition, runId),
      (message) => this.#watchers.runChanged(runId, message === "events" ? "events" : "anything"),
      leave,
      () => this.#watchers.isRunWatched(runId),
    );
  };

  watchCache: Store["watchCache"] = (key, onChange) =>
    this.#listen(
      this.#keys.cacheChannel(key),
      () => this.#watchers.cacheChanged(key),
      this.#watchers.watchCache(key, onChange),
      () => this.#watchers.isCacheWatched(key),
    );

  watchLimit: Store["watchLimit"] = (key, worker, onChange) =>
    this.#listen(
      this.#keys.limitChannel(key),
      (message) => this.#watchers.limitChanged(key, toWorkers(message)),
      this.#watchers.watchLimit(key, worker, onChange),
      () => this.#watchers.isLimitWatched(key),
    );

  #listen(
    channel: string,
    tell: (message: string) => void,
    leave: Unsubscribe,
    isWatched: () => boolean,
  ): Unsubscribe {
    this.#told.set(channel, tell);
    this.#subscriptions.add(channel);
    return once(() => {
      leave();
      this.#subscriptions.remove(channel);
      if (!isWatched()) this.#told.delete(channel);
    });
  }

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
