import { RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Gives ready runs of a partition to a worker: of the queues the one that has waited longest, one run a turn; within a queue
 * the highest priority, then tenant after tenant, one run a turn, and of a tenant the oldest run. A run that must be executed
 * alone is given to an idle worker only, before all others, as the only one (E8).
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

-- The run has left its queue.
local function give(run)
  redis.call('HSET', base .. ':turns', run.queue, redis.call('INCR', base .. ':turn'))
  local at = timeIn(run)
  -- At least store time, so that it is newer even if Redis lost what it had acknowledged.
  local fence = math.max(run.fence + 1, now)
  local execution = run.execution + 1
  local event = '{"type":"' .. (run.wasLost and 'run.recovered' or 'run.started') .. '","worker":' .. workerJson
    .. ',"execution":' .. text(execution) .. (run.wasLost and ',"reason":"worker_lost"}' or '}')
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

local function giveAlone()
  for _, queue in ipairs(queues) do
    local first = redis.call('ZPOPMIN', base .. ':alone:' .. queue.name)[1]
    if first then return give(find(first)) end
  end
end

-- An API process of a version before tenants puts runs in no line: where there are some, they are put in one, once a call.
local isLookedAfter = {}
local function lookAfter(queue)
  if isLookedAfter[queue] then return false end
  isLookedAfter[queue] = true
  if redis.call('ZSCORE', lineKey(queue), placeOf(0, '')) then return false end
  if redis.call('EXISTS', readyOf(queue, 0, '')) == 0 then return false end
  standLast(queue, 0, '')
  return true
end

-- Takes the run that is next out of the queue. Its tenant moves to the end of the line, if it has another one.
local function takeNext(queue)
  while true do
    local places = redis.call('ZRANGE', lineKey(queue), 0, 1)
    if places[1] ~= placeOf(0, '') and lookAfter(queue) then places = redis.call('ZRANGE', lineKey(queue), 0, 1) end
    local place = places[1]
    if not place then return nil end
    local colon = string.find(place, ':', 1, true)
    local priority, tenant = tonumber(string.sub(place, 1, colon - 1)), string.sub(place, colon + 1)
    local ready = readyOf(queue, priority, tenant)
    -- Nil where a worker of a version before tenants has taken the last run.
    local id = redis.call('ZPOPMIN', ready)[1]
    if redis.call('EXISTS', ready) == 0 then
      redis.call('ZREM', lineKey(queue), place)
    elseif places[2] then
      standLast(queue, priority, tenant)
    end
    if id then return find(id) end
  end
end

local function giveInTurn(answer)
  local left, given = queues, 0
  while #left > 0 do
    local served = {}
    for _, queue in ipairs(left) do
      if given >= limit then return end
      local run = takeNext(queue.name)
      if run then
        answer[#answer + 1] = give(run)
        given = given + 1
        served[#served + 1] = queue
      end
    end
    left = served
  end
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
  local alone = limit > 0 and ARGV[6] == '1' and giveAlone()
  if alone then answer[2] = alone else giveInTurn(answer) end
end
for _, queue in ipairs(queues) do answer[1] = answer[1] + redis.call('ZCARD', base .. ':alone:' .. queue.name) end
return answer
`,
);
