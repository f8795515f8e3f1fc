// What the server can take at a moment: how many calls and tokens, in bursts too little, in an outage nothing.
import { z } from "zod";
import { createTokenBucket, rateSchema, type TokenBucket } from "./token-bucket.ts";

export const capacitySchema = z.object({
  requests: rateSchema.optional(),
  /** Of prompt and answer together. */
  tokens: rateSchema.optional(),
  /** Others ask, too: every `everyMs` it refuses all calls for `forMs`. */
  busy: z.object({ everyMs: z.number().positive(), forMs: z.number().positive() }).optional(),
  /** Answers every call with 503. */
  outage: z.boolean().optional(),
});
export type CapacityOptions = z.infer<typeof capacitySchema>;

export type Refusal =
  | { readonly outcome: "rate_limit"; readonly retryAfterMs: number }
  | { readonly outcome: "outage" };

export interface Capacity {
  /** Why a call that comes in now is refused, or undefined: then it has been counted. */
  refuse(tokens: number, nowMs: number): Refusal | undefined;
  /** What is given takes the place of what was; a rate begins with a full bucket. */
  change(options: CapacityOptions, nowMs: number): void;
}

export function createCapacity(initial: CapacityOptions, startMs: number): Capacity {
  let options: CapacityOptions = {};
  let requests: TokenBucket | undefined;
  let tokenRate: TokenBucket | undefined;
  let busySince = startMs;

  const capacity: Capacity = {
    refuse(tokens, now) {
      if (options.outage) return { outcome: "outage" };
      const waitMs = busyFor(now) || (requests?.take(1, now) ?? 0) || (tokenRate?.take(tokens, now) ?? 0);
      return waitMs > 0 ? { outcome: "rate_limit", retryAfterMs: Math.ceil(waitMs) } : undefined;
    },
    change(changed, now) {
      options = { ...options, ...changed };
      if (changed.requests) requests = createTokenBucket(changed.requests, now);
      if (changed.tokens) tokenRate = createTokenBucket(changed.tokens, now);
      if (changed.busy) busySince = now;
    },
  };
  capacity.change(initial, startMs);
  return capacity;

  /** How much longer it is busy. It begins with a time in which it answers. */
  function busyFor(now: number): number {
    if (!options.busy) return 0;
    const { everyMs, forMs } = options.busy;
    const leftMs = everyMs - ((now - busySince) % everyMs);
    return leftMs <= forMs ? leftMs : 0;
  }
}
