/**
 * The server as the store uses it: scripts and reads, sent until they are answered.
 *
 * 1. Nothing is sent before the server was found fit, and everything fails with the reason while it is not.
 * 2. What a connection broke under is sent again, here and nowhere else, for a while. Every script may be executed twice.
 * 3. Whatever is thrown is an AlderError.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../internal/clock.ts";
import { checkServers } from "./check-server.ts";
import type { Durability } from "./durability.ts";
import type { ReplicatedWrites } from "./replicated-writes.ts";
import type { RedisConnection } from "./connection.ts";
import { passes, storeClosed, toStoreError } from "./failure.ts";
import { createGather } from "./gather-writes.ts";
import type { Script } from "./scripts/script.ts";

export type Argument = string | number;

export interface ServerOptions {
  readonly connection: RedisConnection;
  /** How a person knows it. */
  readonly name: string;
  /** How long a call is sent again when it got no answer, in milliseconds. */
  readonly retryForMs: number;
  /** Store time in tests. */
  readonly clock: Pick<Clock, "now"> | undefined;
  readonly durability: Durability | undefined;
  /** Where replicas are waited for. */
  readonly replicated: ReplicatedWrites | undefined;
  /** Told of what is not as it could be, once. */
  readonly onNotice: (notice: string) => void;
  /** What must be done once, after the server was found fit and before anything else. */
  readonly prepare: (evaluate: Evaluate) => Promise<void>;
}

/** Executes a script on the slot of `key`. */
export type Evaluate = (script: Script, key: string, given: readonly Argument[]) => Promise<unknown>;

/** Of a cluster, what its nodes said stands beside. */
type Trouble = Error & { readonly lastNodeError?: unknown };

const notConnected = new Error("no node of the cluster was reached yet");

const NO_WAITAOF =
  "its replicas are waited for until they have a write in memory, as only from 7.2 on they tell what is on their disks.";

const RETRY_MS = [10, 25, 50, 100, 250];

export class Server {
  readonly #options: ServerOptions;
  #ready: Promise<void> | undefined;
  #pending = 0;
  #onIdle: (() => void) | undefined;
  #closed = false;
  /** What was wrong with the connection last. */
  #trouble: unknown;

  readonly #gather: () => void;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#gather = createGather(options.connection);
    options.connection.on("error", (error: Trouble) => (this.#trouble = error.lastNodeError ?? error));
  }

  /** Executes a script on the slot of `key`. `isAgain` is told to `toArguments` when it may have been executed before. */
  run(
    script: Script,
    key: string,
    toArguments: readonly Argument[] | ((isAgain: boolean) => readonly Argument[]),
  ): Promise<unknown> {
    return this.#ask((isAgain) => {
      const given = typeof toArguments === "function" ? toArguments(isAgain) : toArguments;
      return this.#evaluate(script, key, given);
    });
  }

  /** The same for what must not be lost once it was answered: it is kept as the durability says. */
  keep(script: Script, key: string, given: readonly Argument[]): Promise<unknown> {
    const { replicated } = this.#options;
    if (replicated === undefined) return this.run(script, key, given);
    return this.#ask(() => replicated.run(script, key, [this.#time(), ...given]));
  }

  /** Executes a command that only reads. */
  read<T>(ask: (connection: RedisConnection) => Promise<T>): Promise<T> {
    return this.#ask(() => {
      this.#gather();
      return ask(this.#options.connection);
    });
  }

  /** Resolves once the server was found fit. */
  opened(): Promise<void> {
    return this.#ask(async () => {});
  }

  /** Resolves once what is under way was answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#options.connection.disconnect();
    this.#options.replicated?.close();
  }

  async #ask<T>(send: (isAgain: boolean) => Promise<T>): Promise<T> {
    if (this.#closed) throw storeClosed(this.#options.name);
    this.#pending += 1;
    try {
      return await this.#repeat(send);
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) this.#onIdle?.();
    }
  }

  async #repeat<T>(send: (isAgain: boolean) => Promise<T>): Promise<T> {
    const { retryForMs, name } = this.#options;
    const end = performance.now() + retryForMs;
    for (let attempt = 0; ; attempt++) {
      try {
        this.#checkConnected();
        await this.#prepared();
        return await send(attempt > 0);
      } catch (error) {
        const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]!;
        if (this.#closed || !passes(error) || performance.now() + delay > end)
          throw toStoreError(this.#reasonOf(error), name);
        await pause(delay);
      }
    }
  }

  /** A cluster none of whose nodes was found would keep what it is sent for as long as that takes. */
  #checkConnected(): void {
    const { connection } = this.#options;
    if (!("nodes" in connection) || connection.status === "ready") return;
    if (connection.status === "wait") connection.connect().catch(() => {});
    throw notConnected;
  }

  /** ioredis says of what it could not send only that it gave up. */
  #reasonOf(error: unknown): unknown {
    const hasGivenUp = error instanceof Error && error.name === "MaxRetriesPerRequestError";
    if (!hasGivenUp && error !== notConnected) return error;
    return this.#trouble ?? new Error("the connection was closed");
  }

  #prepared(): Promise<void> {
    return (this.#ready ??= this.#prepareServer().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
  }

  async #prepareServer(): Promise<void> {
    const { connection, name, durability, replicated, onNotice, prepare } = this.#options;
    const { version, tellsDisks } = await checkServers(connection, name, durability);
    if (replicated !== undefined) {
      replicated.tellsDisks = tellsDisks;
      if (!tellsDisks) onNotice(`The store at ${name} is Redis ${version}: ${NO_WAITAOF}`);
    }
    await prepare((script, key, given) => this.#evaluate(script, key, given));
  }

  #time(): Argument {
    return this.#options.clock?.now() ?? "";
  }

  async #evaluate({ lua, sha }: Script, key: string, given: readonly Argument[]): Promise<unknown> {
    const { connection } = this.#options;
    const time = this.#time();
    this.#gather();
    try {
      return await connection.evalsha(sha, 1, key, time, ...given);
    } catch (error) {
      // Redis forgets scripts when it is restarted.
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return await connection.eval(lua, 1, key, time, ...given);
    }
  }
}
