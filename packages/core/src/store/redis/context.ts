import type { RandomBytes } from "../transitions/create-run.ts";
import type { Keys } from "./keys.ts";
import type { Partitions } from "./partitions.ts";
import type { Server } from "./server.ts";

/** What the methods of the store have in common. */
export interface Context {
  readonly server: Server;
  readonly keys: Keys;
  readonly partitions: Partitions;
  /** Learns of partitions that others have added. */
  readonly refresh: () => Promise<void>;
  readonly random: RandomBytes;
  /** Milliseconds since the epoch, near enough to what Redis says. */
  readonly approximateNow: () => number;
  /** Names one call, so that it is known when it is sent again. */
  readonly nonce: () => string;
}
