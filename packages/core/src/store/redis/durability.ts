/** How surely what a store has answered is kept, should Redis itself die. */

/**
 * `"everysec"` and `"always"` are what Redis must be set to (`appendfsync`), and are checked when it is first used.
 *
 * With `replicas` a start, a signal, a decision, the result of a step and the end of a run are answered once so many
 * replicas have them: in memory, from Redis 7.2 on and Valkey on their disks, which they need `appendonly yes` for. While
 * there are fewer, such a call is sent again as one whose connection broke; leases are renewed meanwhile.
 */
export type Durability = "everysec" | "always" | ReplicaDurability;

export interface ReplicaDurability {
  /** How many replicas must have it. */
  readonly replicas: number;
  /** How long replicas are waited for before the call is sent again, in milliseconds, 4,000 at most; 1,000 where absent. */
  readonly waitMs?: number;
}

/** Longer, and a connection that waits would be taken for dead. */
export const LONGEST_WAIT_MS = 4_000;

export function replicasOf(durability: Durability | undefined): ReplicaDurability | undefined {
  return typeof durability === "object" ? durability : undefined;
}
