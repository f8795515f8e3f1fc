import { LOSING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Makes runs of a partition ready whose lease has expired or whose timer is due.
 *
 * KEYS[1] partition
 * ARGV[2] how many of each at most
 *
 * Answers {how many leases had expired, how many timers were due}.
 */
export const reapScript = defineScript(
  "reap",
  "allow-oom",
  [TIME, RUNS, WRITING, LOSING],
  String.raw`
local function until_now(name)
  return redis.call('ZRANGE', base .. name, '-inf', text(now), 'BYSCORE', 'LIMIT', 0, ARGV[2])
end
local expired = until_now(':leases')
for _, run in ipairs(findAll(expired)) do takeBack(run, true) end
local due = until_now(':timers')
for _, run in ipairs(findAll(due)) do
  move(run, 'ready')
  save(run)
end
if #expired + #due > 0 then tellQueues() end
return { #expired, #due }
`,
);
