/**
 * Idempotency keys: which run a key of a workflow leads to. They are in a fixed number of slots of their own, whatever
 * the number of partitions: a key is always looked for where it was put.
 *
 * KEYS[1] one of these slots, such as `alder:{k12}`.
 */
import { defineScript } from "./script.ts";

/**
 * ARGV[2] name of the key   ARGV[3] id of the run to make   ARGV[4] fingerprint of the request
 *
 * Answers {run id, fingerprint}: those that were first.
 */
export const reserveKeyScript = defineScript(
  "reserve-key",
  "refuse-oom",
  [],
  String.raw`
local key = KEYS[1] .. ':key:' .. ARGV[2]
local taken = redis.call('HMGET', key, 'run', 'fingerprint')
if taken[1] then return taken end
redis.call('HSET', key, 'run', ARGV[3], 'fingerprint', ARGV[4])
return { ARGV[3], ARGV[4] }
`,
);

/** ARGV[2] name of the key   ARGV[3] the run it must lead to. */
export const freeKeyScript = defineScript(
  "free-key",
  "allow-oom",
  [],
  String.raw`
local key = KEYS[1] .. ':key:' .. ARGV[2]
if redis.call('HGET', key, 'run') == ARGV[3] then redis.call('DEL', key) end
return 1
`,
);

/**
 * Sees to it that a run that was never made never will be, so that its key can be freed: whoever is about to make it is
 * told that it is gone, and asks for the key again.
 *
 * KEYS[1] partition of the run
 * ARGV[2] run id
 *
 * Answers 1, or 0 where the run is there.
 */
export const giveUpRunScript = defineScript(
  "give-up-run",
  "refuse-oom",
  [],
  String.raw`
if redis.call('EXISTS', KEYS[1] .. ':run:' .. ARGV[2]) == 1 then return 0 end
redis.call('SET', KEYS[1] .. ':gone:' .. ARGV[2], '', 'PX', 600000)
return 1
`,
);
