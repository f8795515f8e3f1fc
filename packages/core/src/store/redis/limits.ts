/** Limits in Redis. */
import { AlderError } from "../../errors/alder-error.ts";
import type { LimitStore } from "../limits.ts";

export function createLimits(): LimitStore {
  const refuse = (): never => {
    throw new AlderError(
      "store_failed",
      "The store in Redis has no limits yet: use the embedded store for them.",
    );
  };
  return {
    acquirePermits: async () => refuse(),
    renewPermits: async () => refuse(),
    releasePermits: async () => refuse(),
    pauseLimit: async () => refuse(),
    readLimit: async () => refuse(),
    watchLimit: refuse,
  };
}
