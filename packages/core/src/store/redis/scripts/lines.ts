/**
 * Runs that are ready, and in which order they are served, in Lua: within a queue the highest priority first, of a priority
 * tenant after tenant, of a tenant the oldest run.
 *
 *   <base>:ready:<queue>     zset of run ids by number, of no tenant and priority 0: the oldest is next
 *   <base>:ready-of:<priority>:<length of tenant>:<tenant>:<queue>    the same of any other tenant and priority
 *   <base>:line:<queue>      zset of <priority>:<tenant>: who has such runs, in the order in which they are served
 *   <base>:alone:<queue>     as the first, of those that must be executed alone, and are in no line
 *
 * A place is in its line exactly while it has ready runs, but for what processes of a version before tenants do.
 */
export const LINES = String.raw`
local function readyOf(queue, priority, tenant)
  if priority == 0 and tenant == '' then return base .. ':ready:' .. queue end
  return base .. ':ready-of:' .. priority .. ':' .. #tenant .. ':' .. tenant .. ':' .. queue
end

local function lineKey(queue) return base .. ':line:' .. queue end
local function placeOf(priority, tenant) return priority .. ':' .. tenant end

-- Puts a place at the end of its priority. The score is first the priority and then the turn: there is room for 2^44 of them.
local function standLast(queue, priority, tenant)
  local score = (100 - priority) * 17592186044416 + redis.call('INCR', base .. ':turn')
  redis.call('ZADD', lineKey(queue), text(score), placeOf(priority, tenant))
end

-- After two losses in a row without progress a run is executed alone (E8).
local function isAlone(run) return run.recoveries >= 2 end

local function enterQueue(run)
  if isAlone(run) then
    redis.call('ZADD', base .. ':alone:' .. run.queue, run.number, run.id)
    return
  end
  local key = readyOf(run.queue, run.priority, run.tenant)
  redis.call('ZADD', key, run.number, run.id)
  if redis.call('ZCARD', key) == 1 then standLast(run.queue, run.priority, run.tenant) end
end

local function leaveQueue(run)
  if isAlone(run) then
    redis.call('ZREM', base .. ':alone:' .. run.queue, run.id)
    return
  end
  local key = readyOf(run.queue, run.priority, run.tenant)
  redis.call('ZREM', key, run.id)
  if redis.call('EXISTS', key) == 0 then
    redis.call('ZREM', lineKey(run.queue), placeOf(run.priority, run.tenant))
  end
end
`;
