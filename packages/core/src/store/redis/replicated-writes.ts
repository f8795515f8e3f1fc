/**
 * Writes that are answered once replicas have them.
 *
 * 1. They go over a connection of their own: one that waits for replicas answers nothing else, and leases must be renewed.
 * 2. What gathers while replicas are waited for is written and waited for together.
 * 3. A write and the wait for it go to one server in one piece, so that a server which has taken another's place in
 *    between does not answer for what it has never seen.
 */
import type { ReplicaDurability } from "./durability.ts";
import type { RedisConnection } from "./connection.ts";
import { Unreplicated } from "./failure.ts";
import { markScript } from "./scripts/mark.ts";
import type { Script } from "./scripts/script.ts";

/** As many writes at most are waited for together. */
const MOST_AT_ONCE = 200;

interface Write {
  readonly script: Script;
  readonly given: readonly (string | number)[];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** The server has forgotten the script. */
  sendsSource: boolean;
}

interface Queue {
  waiting: Write[];
  isSending: boolean;
}

export class ReplicatedWrites {
  readonly #connection: RedisConnection;
  readonly #durability: Required<ReplicaDurability>;
  /** By partition: a pipeline goes to one slot. */
  readonly #queues = new Map<string, Queue>();
  /** Replicas tell what is on their disks. */
  tellsDisks = false;

  constructor(connection: RedisConnection, { replicas, waitMs = 1_000 }: ReplicaDurability) {
    this.#connection = connection;
    this.#durability = { replicas, waitMs };
    // Whoever waits for an answer is told.
    connection.on("error", () => {});
  }

  /** `given`: ARGV of the script, store time included. */
  run(script: Script, key: string, given: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(key) ?? { waiting: [], isSending: false };
      this.#queues.set(key, queue);
      queue.waiting.push({ script, given, resolve, reject, sendsSource: false });
      if (!queue.isSending) void this.#sendAll(key, queue);
    });
  }

  close(): void {
    this.#connection.disconnect();
  }

  async #sendAll(key: string, queue: Queue): Promise<void> {
    queue.isSending = true;
    while (queue.waiting.length > 0) {
      const writes = queue.waiting.splice(0, MOST_AT_ONCE);
      try {
        queue.waiting.unshift(...(await this.#send(key, writes)));
      } catch (error) {
        for (const { reject } of writes) reject(error);
      }
    }
    queue.isSending = false;
  }

  /** Those that must be sent with their source. */
  async #send(key: string, writes: readonly Write[]): Promise<readonly Write[]> {
    const { replicas, waitMs } = this.#durability;
    const pipeline = this.#connection.pipeline();
    for (const { script, given, sendsSource } of writes) {
      if (sendsSource) pipeline.eval(script.lua, 1, key, ...given);
      else pipeline.evalsha(script.sha, 1, key, ...given);
    }
    // One that is sent again may change nothing, and only what this connection has written is waited for.
    pipeline.eval(markScript.lua, 1, key);
    if (this.tellsDisks) pipeline.call("WAITAOF", 0, replicas, waitMs);
    else pipeline.call("WAIT", replicas, waitMs);
    const answers = (await pipeline.exec()) ?? [];
    const problem = this.#problemOf(answers.slice(writes.length));
    const again: Write[] = [];
    writes.forEach((write, index) => {
      const [error, answer] = answers[index]!;
      if (error?.message.startsWith("NOSCRIPT") && !write.sendsSource) {
        write.sendsSource = true;
        again.push(write);
      } else if (error !== null) write.reject(error);
      else if (problem !== undefined) write.reject(problem);
      else write.resolve(answer);
    });
    return again;
  }

  /** Why it is not known that replicas have what was written. */
  #problemOf([marked, waited]: readonly [error: Error | null, answer: unknown][]): unknown {
    const error = marked?.[0] ?? waited?.[0];
    if (error) return error;
    const answer = waited?.[1];
    const count = Number(Array.isArray(answer) ? answer[1] : answer);
    const { replicas } = this.#durability;
    return count >= replicas ? undefined : new Unreplicated(count, replicas);
  }
}
