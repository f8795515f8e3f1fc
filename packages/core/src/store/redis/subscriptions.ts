/**
 * What is told of changes, over one connection (in a cluster, one for each master that has something to tell).
 *
 * 1. A channel is subscribed while somebody listens to it, however many do.
 * 2. A message only says that something has changed. Once a channel is subscribed, at first or anew after the connection
 *    was away, all that listen to it are told that something may have.
 * 3. Should a message be lost all the same, everybody is told within SWEEP_MS.
 */
import type { RedisConnection } from "./connection.ts";

const SWEEP_MS = 10_000;

export interface SubscriptionOptions {
  readonly connect: () => RedisConnection;
  /** Something may have changed that this channel tells of; `message` says what, and is empty where nobody knows. */
  readonly onChange: (channel: string, message: string) => void;
}

export class Subscriptions {
  readonly #options: SubscriptionOptions;
  /** How many listen. */
  readonly #channels = new Map<string, number>();
  #connection: RedisConnection | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  add(channel: string): void {
    const listeners = this.#channels.get(channel) ?? 0;
    this.#channels.set(channel, listeners + 1);
    if (listeners > 0 || this.#closed) return;
    const connection = this.#opened();
    // Until it is there, nothing is: then all is subscribed.
    if (connection.status === "ready") this.#subscribe(connection, channel);
  }

  remove(channel: string): void {
    const listeners = this.#channels.get(channel) ?? 0;
    if (listeners > 1) return void this.#channels.set(channel, listeners - 1);
    this.#channels.delete(channel);
    if (listeners === 1) this.#connection?.sunsubscribe(channel).catch(ignore);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#channels.clear();
    this.#connection?.disconnect();
  }

  #opened(): RedisConnection {
    if (this.#connection !== undefined) return this.#connection;
    const connection = this.#options.connect();
    connection.on("error", ignore);
    connection.on("smessage", (channel: string, message: string) => this.#changed(channel, message));
    connection.on("ready", () => this.#subscribeAll(connection));
    // A cluster that has changed its masters.
    connection.on("subscribersReady", () => this.#allChanged());
    this.#sweep = setInterval(() => {
      this.#allChanged();
      // Nothing else is sent on it: else a server that is silent for ever would never be noticed.
      if (!("nodes" in connection)) connection.ping().catch(ignore);
    }, SWEEP_MS).unref();
    connection.connect().catch(ignore);
    return (this.#connection = connection);
  }

  #subscribeAll(connection: RedisConnection): void {
    for (const channel of this.#channels.keys()) this.#subscribe(connection, channel);
  }

  #subscribe(connection: RedisConnection, channel: string): void {
    // Should it fail, the connection is away, and all is subscribed anew when it is back.
    connection.ssubscribe(channel).then(() => this.#changed(channel, ""), ignore);
  }

  #changed(channel: string, message: string): void {
    if (this.#channels.has(channel)) this.#options.onChange(channel, message);
  }

  #allChanged(): void {
    for (const channel of this.#channels.keys()) this.#options.onChange(channel, "");
  }
}

function ignore(): void {}
