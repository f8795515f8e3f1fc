// How a provider counts: a bucket that holds so many tokens and is filled all the time; each call takes some out.
import { z } from "zod";

export const rateSchema = z.object({
  /** How many in `periodMs`, over a long time. */
  count: z.number().positive(),
  periodMs: z.number().positive(),
  /** How many at once, after a time in which nobody called; `count` unless given. */
  burst: z.number().positive().optional(),
});
export type Rate = z.infer<typeof rateSchema>;

export interface TokenBucket {
  /** Takes `amount` out and answers 0; or takes nothing, and answers how long it lasts until there would be enough. */
  take(amount: number, nowMs: number): number;
}

export function createTokenBucket({ count, periodMs, burst = count }: Rate, nowMs: number): TokenBucket {
  let held = burst;
  let filledAt = nowMs;
  return {
    take(amount, now) {
      held = Math.min(burst, held + ((now - filledAt) * count) / periodMs);
      filledAt = now;
      // A call that needs more than the bucket holds would never come through: it has to wait for a full one.
      const needed = Math.min(amount, burst);
      if (held < needed) return ((needed - held) * periodMs) / count;
      held -= amount;
      return 0;
    },
  };
}
