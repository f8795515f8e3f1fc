import { LOSING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Makes the runs ready that a worker has in a partition, leases or not: it is known to be dead.
 *
 * KEYS[1] partition
 * ARGV[2] worker   ARGV[3] how many runs at most
 *
 * Answers how many it were.
 */
export const buryWorkerScript = defineScript(
  "bury-worker",
  "allow-oom",
  [TIME, RUNS, WRITING, LOSING],
  String.raw`
local ids = redis.call('SRANDMEMBER', base .. ':owned:' .. ARGV[2], ARGV[3])
for _, run in ipairs(findAll(ids)) do takeBack(run, true) end
if #ids > 0 then tellQueues() end
return #ids
`,
);
