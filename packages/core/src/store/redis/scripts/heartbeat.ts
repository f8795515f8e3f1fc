import { LOSING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Renews the leases a worker has in a partition, and in the first one its own presence.
 *
 * KEYS[1] partition
 * ARGV[2] length of the lease in milliseconds
 * ARGV[3] id of the worker, empty where its presence is not renewed   ARGV[4] what it says of itself, as JSON
 * ARGV[5] how long its presence lasts, in milliseconds
 * ARGV[6] how many runs it has
 * ARGV[7], ARGV[8] … id and fence of each of these, then of each run that it has given up
 *
 * <base>:workers is a hash of "<time> <JSON>" by id, <base>:presences a zset of ids by when their presence ends.
 *
 * Answers {{id of a lost run …}, {id, signals, cancelRequested of a run it has …}}.
 */
export const heartbeatScript = defineScript(
  "heartbeat",
  "allow-oom",
  [TIME, RUNS, WRITING, LOSING],
  String.raw`
if ARGV[3] ~= '' then
  for _, id in ipairs(redis.call('ZRANGE', base .. ':presences', '-inf', text(now), 'BYSCORE')) do
    redis.call('ZREM', base .. ':presences', id)
    redis.call('HDEL', base .. ':workers', id)
  end
  redis.call('ZADD', base .. ':presences', now + tonumber(ARGV[5]), ARGV[3])
  redis.call('HSET', base .. ':workers', ARGV[3], text(now) .. ' ' .. ARGV[4])
end
local lost, held, renewed = {}, {}, {}
local leaseUntil = text(now + tonumber(ARGV[2]))
-- Many at once, but no more than Lua passes on.
local function renew()
  if #renewed > 0 then redis.call('ZADD', base .. ':leases', unpack(renewed)) end
  renewed = {}
end
local firstGivenUp = 7 + 2 * ARGV[6]
for index = 7, firstGivenUp - 1, 2 do
  local id = ARGV[index]
  local v = redis.call('HMGET', base .. ':run:' .. id, 'phase', 'fence', 'signals', 'cancelRequested')
  if v[1] == 'owned' and tonumber(v[2]) == tonumber(ARGV[index + 1]) then
    renewed[#renewed + 1] = leaseUntil
    renewed[#renewed + 1] = id
    if #renewed == 1000 then renew() end
    held[#held + 1] = id
    held[#held + 1] = tonumber(v[3])
    held[#held + 1] = tonumber(v[4])
  else
    lost[#lost + 1] = id
  end
end
renew()

-- What is still this worker's is ready at once. A loss that was counted is taken back, whoever has the run by now.
local hasGiven = false
for index = firstGivenUp, #ARGV, 2 do
  local run = find(ARGV[index])
  local fence = tonumber(ARGV[index + 1])
  if run and run.phase == 'owned' and run.fence == fence then
    takeBack(run, false)
    hasGiven = true
  elseif run and fence > 0 and run.lostFence == fence then
    local wasAlone = run.phase == 'ready' and isAlone(run)
    if wasAlone then leaveQueue(run) end
    set(run, 'recoveries', math.max(0, run.recoveries - 1))
    set(run, 'lostFence', 0)
    -- One that stands in a line keeps its place.
    if wasAlone then enterQueue(run) end
    save(run)
  end
end
if hasGiven then tellQueues() end
return { lost, held }
`,
);
