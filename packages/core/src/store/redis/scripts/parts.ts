/** What several scripts have in common, in Lua. */
import { LINES } from "./lines.ts";

/** `base`, `now` (milliseconds), `micros`, and numbers as text. */
export const TIME = String.raw`
local base = KEYS[1]
local micros
if ARGV[1] == '' then
  local time = redis.call('TIME')
  micros = time[1] * 1000000 + time[2]
else
  micros = ARGV[1] * 1000
end
local now = math.floor(micros / 1000)
-- Lua's own way to write a number keeps 14 digits.
local function text(number) return string.format('%.0f', number) end
`;

/**
 * A run as a table, its changes, and the places it is found in. Needs TIME; those that are ready
 * are in LINES.
 *
 *   <base>:run:<id>                    hash of all that is known of the run but what it wrote
 *   <base>:leases, :timers, :ended     zsets of run ids by when the lease ends, the timer is due, the run ended
 *   <base>:owned:<worker>              set of run ids
 *   <base>:blocked:<queue>             set of run ids
 *   <base>:runs                        zset of run ids by number
 *   <base>:runs:<status>:<workflow>    the same of some; <base>:lists is the set of those that were ever used
 */
export const RUNS = String.raw`${LINES}
local function runKey(id) return base .. ':run:' .. id end

local function find(id)
  local v = redis.call('HMGET', runKey(id), 'workflow', 'queue', 'status', 'phase', 'number', 'createdAt', 'updatedAt',
    'tail', 'tailFence', 'fence', 'execution', 'recoveries', 'wasLost', 'cancelRequested', 'signals', 'owner', 'lostFence',
    'tenant', 'priority')
  if not v[1] then return nil end
  return {
    id = id, workflow = v[1], queue = v[2], status = v[3], phase = v[4],
    number = tonumber(v[5]), createdAt = tonumber(v[6]), updatedAt = tonumber(v[7]),
    tail = tonumber(v[8]), tailFence = tonumber(v[9]), fence = tonumber(v[10]), execution = tonumber(v[11]),
    recoveries = tonumber(v[12]), wasLost = v[13] == '1', cancelRequested = v[14] == '1', signals = tonumber(v[15]),
    owner = v[16], lostFence = tonumber(v[17] or '0'), tenant = v[18] or '', priority = tonumber(v[19] or '0'),
    changes = {},
  }
end

-- Of runs that become ready in one moment, the oldest stands first in line.
local function findAll(ids)
  local runs = {}
  for index, id in ipairs(ids) do runs[index] = find(id) end
  table.sort(runs, function(left, right) return left.number < right.number end)
  return runs
end

local function set(run, field, value)
  run[field] = value
  if value == true then value = 1 elseif value == false then value = 0 end
  local changes = run.changes
  changes[#changes + 1] = field
  changes[#changes + 1] = value
end

local function save(run)
  if #run.changes > 0 then redis.call('HSET', runKey(run.id), unpack(run.changes)) end
end

local function leave(run)
  if run.phase == 'ready' then
    leaveQueue(run)
  elseif run.phase == 'owned' then
    redis.call('ZREM', base .. ':leases', run.id)
    redis.call('SREM', base .. ':owned:' .. run.owner, run.id)
  elseif run.phase == 'parked' then
    redis.call('ZREM', base .. ':timers', run.id)
  elseif run.phase == 'blocked' then
    redis.call('SREM', base .. ':blocked:' .. run.queue, run.id)
  elseif run.phase == 'ended' then
    redis.call('ZREM', base .. ':ended', run.id)
    redis.call('HDEL', runKey(run.id), 'endedAt')
  end
end

-- at: when the lease ends, the timer is due (nil for none), or the run ended.
local function move(run, phase, at)
  leave(run)
  set(run, 'phase', phase)
  if phase == 'ready' then
    enterQueue(run)
  elseif phase == 'owned' then
    redis.call('ZADD', base .. ':leases', at, run.id)
    redis.call('SADD', base .. ':owned:' .. run.owner, run.id)
  elseif phase == 'parked' then
    if at then redis.call('ZADD', base .. ':timers', at, run.id) end
  elseif phase == 'blocked' then
    redis.call('SADD', base .. ':blocked:' .. run.queue, run.id)
  elseif phase == 'ended' then
    set(run, 'endedAt', at)
    redis.call('ZADD', base .. ':ended', at, run.id)
  end
end

local function listKey(status, workflow) return base .. ':runs:' .. status .. ':' .. workflow end

local function enlist(run)
  redis.call('ZADD', listKey(run.status, run.workflow), run.number, run.id)
  redis.call('SADD', base .. ':lists', run.status .. ':' .. run.workflow)
end

-- An empty status is none: it stays as it is.
local function setStatus(run, status)
  if status == '' or status == run.status then return end
  redis.call('ZREM', listKey(run.status, run.workflow), run.id)
  set(run, 'status', status)
  enlist(run)
end

-- news: 'events' if nothing but the stream of a run has changed whose owner goes on; else nil.
local function tellRun(run, news) redis.call('SPUBLISH', base .. ':run:' .. run.id, news or '') end
local function tellQueues() redis.call('SPUBLISH', base .. ':queues', '') end
`;

/**
 * Writing to a run. Needs RUNS.
 *
 *   <base>:events:<id>     stream of events, their ids <seq>-<fence>, fields a (time) and e (JSON)
 *   <base>:journal:<id>    list of "<seq> <time> <JSON>"
 *
 * A record is a pair of event and entry, as JSON; an empty entry is none.
 */
export const WRITING = String.raw`
-- Times within a run never go back, whatever the clock does.
local function timeIn(run) return math.max(now, run.updatedAt) end

-- status: the run's after these records; statusIfCancelling: the same, had its cancel been told.
local function write(run, fence, at, status, statusIfCancelling, records)
  local eventsKey = base .. ':events:' .. run.id
  local journalKey = base .. ':journal:' .. run.id
  for index, record in ipairs(records) do
    local seq = run.tail + index
    redis.call('XADD', eventsKey, text(seq) .. '-' .. text(fence), 'a', text(at), 'e', record[1])
    if record[2] ~= '' then redis.call('RPUSH', journalKey, text(seq) .. ' ' .. text(at) .. ' ' .. record[2]) end
  end
  if #records > 0 then
    set(run, 'tail', run.tail + #records)
    set(run, 'tailFence', fence)
  end
  set(run, 'updatedAt', at)
  setStatus(run, run.status == 'cancelling' and statusIfCancelling or status)
end

-- Ends a run that nobody executes. Its changes are not saved yet.
local function cancelRun(run)
  local at = timeIn(run)
  write(run, 0, at, 'cancelled', 'cancelled', { { '{"type":"run.cancelled"}', '' } })
  set(run, 'cancelRequested', true)
  move(run, 'ended', at)
end
`;

/**
 * What an owner writes. Needs WRITING.
 *
 *   ARGV[2] run id      ARGV[3] fence        ARGV[4] number of the event the records come after
 *   ARGV[5] 1 if the run is getting on       ARGV[6], ARGV[7] status and statusIfCancelling, as for write
 *   ARGV[8], ARGV[9]    of the script's own  ARGV[10], ARGV[11] … event and entry of each record
 *
 * A script answers {'written', time}, {'fenced'} or {'gap', number of the last event}, or what it adds to these.
 */
export const OWNING = String.raw`
local fence = tonumber(ARGV[3])
local after = tonumber(ARGV[4])
local records = {}
for index = 10, #ARGV, 2 do records[#records + 1] = { ARGV[index], ARGV[index + 1] } end
local run = find(ARGV[2])

-- Only the very same records are a repetition: others in their place would be lost without a word.
local function acknowledgeAgain()
  if #records == 0 and after == run.tail then return { 'written', run.updatedAt } end
  if #records == 0 then return { 'fenced' } end
  local written = redis.call('XRANGE', base .. ':events:' .. run.id, text(after + 1), '+', 'COUNT', #records)
  if #written < #records then return { 'fenced' } end
  for index, event in ipairs(written) do
    local isSame = event[1] == text(after + index) .. '-' .. text(run.fence) and event[2][4] == records[index][1]
    if not isSame then return { 'fenced' } end
  end
  return { 'written', tonumber(written[1][2][2]) }
end

-- Nil: go on and write. isAgain tells whether a run that is no longer owned was given up by this very write.
local function judge(isAgain)
  if not run or run.fence ~= fence then return { 'fenced' } end
  if run.phase ~= 'owned' and not isAgain(run) then return { 'fenced' } end
  if after > run.tail then return { 'gap', run.tail } end
  if run.phase == 'owned' and after == run.tail then return nil end
  return acknowledgeAgain()
end

local function wasCancelledByStore(run)
  return run.phase == 'ended' and run.status == 'cancelled' and run.tailFence == 0
end

local function writeOwn()
  local at = timeIn(run)
  if ARGV[5] == '1' and run.recoveries > 0 then set(run, 'recoveries', 0) end
  write(run, run.fence, at, ARGV[6], ARGV[7], records)
  return at
end
`;

/** Making runs ready whose owner was lost. Needs WRITING. */
export const LOSING = String.raw`
-- A run whose cancel was asked has nobody to see to it any more: it ends. isCounted: the loss speaks against the run.
local function takeBack(run, isCounted)
  if run.cancelRequested then
    cancelRun(run)
    save(run)
    tellRun(run)
    return
  end
  leave(run)
  -- Already left, and what it is counted among depends on its losses.
  run.phase = 'none'
  if isCounted then
    set(run, 'recoveries', run.recoveries + 1)
    set(run, 'lostFence', run.fence)
  end
  set(run, 'wasLost', true)
  move(run, 'ready')
  save(run)
end
`;
