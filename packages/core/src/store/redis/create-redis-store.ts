import { randomUUID } from "node:crypto";
import type { Clock } from "../../internal/clock.ts";
import type { Store } from "../store.ts";
import type { RandomBytes } from "../transitions/create-run.ts";
import { createCaching } from "./cache-values.ts";
import { checkOptions } from "./check-options.ts";
import { createClaiming } from "./claim-runs.ts";
import { nameServer, openConnection, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { createDirectory } from "./directory.ts";
import { replicasOf, type Durability } from "./durability.ts";
import { createKeeping } from "./keep-runs.ts";
import { Keys } from "./keys.ts";
import { createLimits } from "./limits.ts";
import { createOwning } from "./own-runs.ts";
import { Partitions } from "./partitions.ts";
import { createReading } from "./read-runs.ts";
import { ReplicatedWrites } from "./replicated-writes.ts";
import { nowScript } from "./scripts/directory.ts";
import { Server } from "./server.ts";
import { createStarting } from "./start-runs.ts";
import { createSteering } from "./steer-runs.ts";
import { createTimings } from "./timings.ts";
import { Watch } from "./watch.ts";

export type RedisStoreOptions = ConnectionOptions & {
  /** What every key begins with; `alder` where absent. Stores of different prefixes know nothing of one another. */
  readonly prefix?: string;
  /**
   * Over how many slots of a cluster runs are spread, 4,096 at most; 1 where absent, which is right for a single server. It
   * can be raised at any time, by any process, and never goes down. Within one, runs of a queue are claimed in their order.
   */
  readonly partitions?: number;
  /** How long a call whose connection broke is sent again, in milliseconds, before `store_unavailable`; 3,000 where absent. */
  readonly retryForMs?: number;
  /**
   * How surely what was answered is kept, should Redis itself die: checked, or waited for. Where absent, it is as Redis is
   * set up, whatever that is.
   */
  readonly durability?: Durability;
  /** Told, once, of what the server cannot do that was asked for. Prints it unless given. */
  readonly onNotice?: (notice: string) => void;
  /** Store time in tests, the same in every process; where absent, what Redis says. */
  readonly clock?: Pick<Clock, "now">;
  /** For run ids and salts. */
  readonly random?: RandomBytes;
};

/**
 * A store in Redis (7 or newer, or Valkey), for any number of processes on any number of machines.
 *
 * Throws `bad_setting`. It connects when it is first used. Its methods reject with `store_version` or `store_misconfigured` when the server
 * cannot be a store, with `store_unavailable`, `store_busy` or `store_full` when it does not take a call just now, and with
 * `store_closed` after `close`.
 *
 * @example
 * const store = createRedisStore({ url: "redis://localhost:6379" });
 * const store = createRedisStore({ cluster: ["redis://10.0.0.1:6379"], partitions: 16 });
 */
export function createRedisStore(options: RedisStoreOptions): Store {
  checkOptions(options);
  const { prefix = "alder", partitions: wanted = 1, retryForMs = 3_000, clock } = options;
  const keys = new Keys(prefix);
  const name = nameServer(options);
  const replicas = replicasOf(options.durability);
  const watch = new Watch(keys, () => openConnection(options));
  const partitions: Partitions = new Partitions(keys, wanted, () => watch.subscribeQueues(partitions));
  let aheadMs = 0;
  const server = new Server({
    connection: openConnection(options),
    name,
    retryForMs,
    clock,
    durability: options.durability,
    replicated: replicas && new ReplicatedWrites(openConnection(options), replicas),
    onNotice: options.onNotice ?? ((notice) => console.warn(`alder: ${notice}`)),
    async prepare(evaluate) {
      await partitions.refresh(evaluate, name);
      aheadMs = ((await evaluate(nowScript, partitions.first, [])) as number) - Date.now();
    },
  });

  const context: Context = {
    server,
    keys,
    partitions,
    refresh: () => partitions.refresh((script, key, given) => server.run(script, key, given), name),
    random: options.random ?? randomBytes,
    approximateNow: () => clock?.now() ?? Date.now() + aheadMs,
    nonce: randomUUID,
  };

  let closed: Promise<void> | undefined;
  return {
    ...createStarting(context),
    ...createReading(context),
    ...createSteering(context),
    ...createClaiming(context),
    ...createOwning(context),
    ...createKeeping(context),
    ...createTimings(context),
    ...createCaching(context),
    ...createLimits(context),
    ...createDirectory(context),
    watchRun: watch.watchRun,
    watchLimit: watch.watchLimit,
    watchCache: watch.watchCache,
    watchQueues: (onChange) => watch.watchQueues(partitions, onChange),
    close() {
      watch.close();
      return (closed ??= server.close());
    },
  };
}

function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}
