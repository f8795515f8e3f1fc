import { defineScript } from "./script.ts";

/**
 * Changes something, so that there is something to be waited for.
 *
 * KEYS[1] partition
 */
export const markScript = defineScript(
  "mark",
  "allow-oom",
  [],
  "return redis.call('INCR', KEYS[1] .. ':mark')",
);
