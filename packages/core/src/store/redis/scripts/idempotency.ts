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
