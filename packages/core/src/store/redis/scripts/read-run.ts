import { defineScript } from "./script.ts";

/**
 * KEYS[1] partition
 * ARGV[2] run id
 *
 * Answers {workflow, queue, status, createdAt, updatedAt, endedAt, tail, fence of the tail, cancelRequested, first event},
 * or nil.
 */
export const readRunScript = defineScript(
  "read-run",
  "no-writes",
  [],
  String.raw`
local base, id = KEYS[1], ARGV[2]
local run = redis.call('HMGET', base .. ':run:' .. id, 'workflow', 'queue', 'status', 'createdAt', 'updatedAt', 'endedAt',
  'tail', 'tailFence', 'cancelRequested')
if not run[1] then return nil end
-- A list ends for Lua where it has false in it.
run[6] = run[6] or ''
run[10] = redis.call('XRANGE', base .. ':events:' .. id, '-', '+', 'COUNT', 1)[1][2][4]
return run
`,
);
