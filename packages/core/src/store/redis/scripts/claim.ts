import { RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Gives ready runs of a partition to a worker: the oldest first within a queue, and of the queues the one that has waited
 * longest, one run a turn. A run that must be executed alone is given to an idle worker only, before all others, as the
 * only one (E8).
 *
 * KEYS[1] partition
 * ARGV[2] worker       ARGV[3] the same as JSON   ARGV[4] length of the lease in milliseconds
 * ARGV[5] how many     ARGV[6] 1 if the worker is idle
 * ARGV[7] nonce of the call   ARGV[8] 1 if it may have been answered before: then what it was given is given again
 * ARGV[9] … queues, each once
 *
 * <base>:turns is a hash of the turn in which each queue was served last, <base>:turn the last turn of all.
 *
 * Answers {how many ready runs must be executed alone, run …}, each run {id, fence, workflow, salt, createdAt, execution,
 * recoveries, tail, cancelRequested, signals, entries in its journal, its first event, the time, tenant}; the time is 0 where
 * it was given before.
 */
export const claimScript = defineScript(
  "claim",
  "refuse-oom",
  [TIME, RUNS, WRITING],
  String.raw`
local worker, workerJson, leaseMs, limit = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local queues = {}
for index = 9, #ARGV do
  local turn = tonumber(redis.call('HGET', base .. ':turns', ARGV[index]) or '0')
  queues[#queues + 1] = { name = ARGV[index], turn = turn, place = index }
end
table.sort(queues, function(left, right)
  if left.turn ~= right.turn then return left.turn < right.turn end
  return left.place < right.place
end)

local function describe(run, at)
  local first = redis.call('XRANGE', base .. ':events:' .. run.id, '-', '+', 'COUNT', 1)[1]
  return {
    run.id, run.fence, run.workflow, redis.call('HGET', runKey(run.id), 'salt'), run.createdAt, run.execution,
    run.recoveries, run.tail, run.cancelRequested and 1 or 0, run.signals,
    redis.call('LLEN', base .. ':journal:' .. run.id), first[2][4], at, run.tenant,
  }
end

local function give(id)
  local run = find(id)
  local at = timeIn(run)
  -- At least store time, so that it is newer even if Redis lost what it had acknowledged.
  local fence = math.max(run.fence + 1, now)
  local execution = run.execution + 1
  local event = '{"type":"' .. (run.wasLost and 'run.recovered' or 'run.started') .. '","worker":' .. workerJson
    .. ',"execution":' .. text(execution) .. (run.wasLost and ',"reason":"worker_lost"}' or '}')
  leave(run)
  run.phase = 'none'
  set(run, 'owner', worker)
  set(run, 'fence', fence)
  set(run, 'execution', execution)
  set(run, 'wasLost', false)
  set(run, 'nonce', ARGV[7])
  write(run, fence, at, 'running', '', { { event, '{"t":"claimed"}' } })
  move(run, 'owned', now + leaseMs)
  save(run)
  tellRun(run)
  return describe(run, at)
end

local function choose()
  if limit < 1 then return {} end
  if ARGV[6] == '1' then
    for _, queue in ipairs(queues) do
      local first = redis.call('ZRANGE', base .. ':alone:' .. queue.name, 0, 0)[1]
      if first then return { { first, queue.name } } end
    end
  end
  local ready, longest = {}, 0
  for index, queue in ipairs(queues) do
    ready[index] = redis.call('ZRANGE', base .. ':ready:' .. queue.name, 0, limit - 1)
    longest = math.max(longest, #ready[index])
  end
  local chosen = {}
  for turn = 1, longest do
    for index, queue in ipairs(queues) do
      if ready[index][turn] and #chosen < limit then chosen[#chosen + 1] = { ready[index][turn], queue.name } end
    end
  end
  return chosen
end

local answer = { 0 }
local isAnsweredAgain = false
if ARGV[8] == '1' then
  for _, id in ipairs(redis.call('SMEMBERS', base .. ':owned:' .. worker)) do
    if redis.call('HGET', runKey(id), 'nonce') == ARGV[7] then
      local run = find(id)
      isAnsweredAgain = true
      answer[#answer + 1] = describe(run, 0)
    end
  end
end
if not isAnsweredAgain then
  for _, choice in ipairs(choose()) do
    redis.call('HSET', base .. ':turns', choice[2], redis.call('INCR', base .. ':turn'))
    answer[#answer + 1] = give(choice[1])
  end
end
for _, queue in ipairs(queues) do answer[1] = answer[1] + redis.call('ZCARD', base .. ':alone:' .. queue.name) end
return answer
`,
);
