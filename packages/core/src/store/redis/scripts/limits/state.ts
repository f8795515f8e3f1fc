/**
 * What is kept of a limit in Redis, in Lua. Needs TIME. All is in the slot of the key, `{limit:<key>}`.
 *
 *   <base>:limit        hash of what is known of the key; times that are fractions have all their digits
 *   <base>:permits      hash of permits and places by id, as JSON: see decode
 *   <base>:leases       zset of ids by when the lease ends
 *   <base>:held         zset of held permits: worker, number and id, in this order
 *   <base>:line:<slot>  zset of those that wait: tenant, position and id, in this order; slot is 1 for those that need one
 *   <base>:ring:<slot>  zset of the tenants of a line, by the turn in which each was served last
 *   <base>:news         channel: workers that had better ask, as JSON; all of them where it is empty
 *
 * What decides is the time in a hash or zset. The keys' own expiry, ten minutes later, only sees to it that Redis forgets.
 */
import { LIMIT_KEPT_MS } from "../../../transitions/limits/keep.ts";

export const LIMIT = String.raw`
local permitsKey, leasesKey, heldKey = base .. ':permits', base .. ':leases', base .. ':held'
local function lineKey(slot) return base .. ':line:' .. slot end
local function ringKey(slot) return base .. ':ring:' .. slot end
local function padded(number) return string.format('%016.0f', number) end
local function exact(number) return string.format('%.17g', number) end
local EMPTY = '\0'

local function findLimit()
  local v = redis.call('HMGET', base .. ':limit', 'numbers', 'definedAt', 'count', 'slots', 'waiting', 'rateAt',
    'tokensAt', 'averageTokens', 'pausedUntil', 'failures', 'openUntil', 'probe', 'expiresAt')
  if not v[1] then return nil end
  local expiresAt = tonumber(v[13])
  if expiresAt <= now and redis.call('HLEN', permitsKey) == 0 then return nil end
  local failures = {}
  for at in string.gmatch(v[10], '%d+') do failures[#failures + 1] = tonumber(at) end
  return {
    numbersText = v[1], numbers = v[1] ~= '' and cjson.decode(v[1]) or nil, definedAt = tonumber(v[2]),
    count = tonumber(v[3]), slots = tonumber(v[4]), waiting = tonumber(v[5]), rateAt = tonumber(v[6]),
    tokensAt = tonumber(v[7]), averageTokens = tonumber(v[8]), pausedUntil = tonumber(v[9]), failures = failures,
    openUntil = tonumber(v[11]), probe = v[12] ~= EMPTY and v[12] or nil, expiresAt = expiresAt,
  }
end

local limit = findLimit()
local isFound = limit ~= nil
limit = limit or {
  numbersText = '', definedAt = 0, count = 0, slots = 0, waiting = 0, rateAt = 0, tokensAt = 0, pausedUntil = 0,
  failures = {}, expiresAt = 0,
}
-- Fields of the limit that have changed; keys that were written to, which may be new.
local isChanged, changed, written = false, {}, {}

local function set(field, value)
  limit[field] = value
  changed[field] = true
  isChanged = true
end

local function decode(id, packed)
  if not packed then return nil end
  local v = cjson.decode(packed)
  return {
    id = id, worker = v[1], tenant = v[2], slot = v[3], phase = v[4], position = v[5], granted = v[6], reserved = v[7],
  }
end

-- Those that were read or made by this call; false where there is none.
local known = {}
local function find(id)
  if known[id] == nil then known[id] = decode(id, redis.call('HGET', permitsKey, id)) or false end
  return known[id] or nil
end

local function leaseOf(id) return tonumber(redis.call('ZSCORE', leasesKey, id) or nil) end

local function lineMember(permit) return permit.tenant .. '\0' .. padded(permit.position) .. '\0' .. permit.id end
local function heldMember(permit) return permit.worker .. '\0' .. padded(permit.granted) .. '\0' .. permit.id end

local function put(permit)
  known[permit.id] = permit
  written[permitsKey] = true
  redis.call('HSET', permitsKey, permit.id, cjson.encode({
    permit.worker, permit.tenant, permit.slot, permit.phase, permit.position, permit.granted, permit.reserved,
  }))
end

local function lease(id, untilTime)
  written[leasesKey] = true
  redis.call('ZADD', leasesKey, text(untilTime), id)
end

local function remove(id)
  known[id] = false
  redis.call('HDEL', permitsKey, id)
  redis.call('ZREM', leasesKey, id)
end

-- Redis forgets what nobody uses. No key expires before the limit itself does, so that one is enough to be looked at.
local function keep()
  local last = redis.call('ZRANGE', leasesKey, -1, -1, 'WITHSCORES')
  local left = math.max(limit.expiresAt, tonumber(last[2] or '0')) - now
  local longer = text(left + 600000)
  if redis.call('PTTL', base .. ':limit') < left then
    for _, name in ipairs({ 'limit', 'permits', 'leases', 'held', 'line:0', 'line:1', 'ring:0', 'ring:1' }) do
      redis.call('PEXPIRE', base .. ':' .. name, longer)
    end
  else
    for key in pairs(written) do redis.call('PEXPIRE', key, longer, 'NX') end
  end
end

local fields = {
  numbersText = 'numbers', definedAt = text, count = text, slots = text, waiting = text, rateAt = exact, tokensAt = exact,
  averageTokens = exact, pausedUntil = text, openUntil = text, expiresAt = text,
}

-- Writes what has changed of the limit itself; all of it at first.
local function save()
  local kept = ${LIMIT_KEPT_MS}
  local expiresAt = math.ceil(math.max(now, limit.rateAt, limit.tokensAt, limit.pausedUntil, limit.openUntil or 0)) + kept
  if limit.expiresAt < expiresAt - kept / 10 then set('expiresAt', expiresAt) end
  local changes = {}
  local function write(field, value)
    changes[#changes + 1] = field
    changes[#changes + 1] = value
  end
  for field, format in pairs(fields) do
    local value = limit[field]
    if not isFound or changed[field] then
      if format == 'numbers' then write(format, value) else write(field, value and format(value) or '') end
    end
  end
  if not isFound or changed.failures then write('failures', table.concat(limit.failures, ',')) end
  if not isFound or changed.probe then write('probe', limit.probe or EMPTY) end
  if #changes > 0 then redis.call('HSET', base .. ':limit', unpack(changes)) end
  if #changes > 0 or next(written) then keep() end
end

-- told: set of workers; nil for all.
local function tell(told)
  if not told then
    redis.call('SPUBLISH', base .. ':news', '')
  elseif next(told) then
    local workers = {}
    for worker in pairs(told) do workers[#workers + 1] = worker end
    redis.call('SPUBLISH', base .. ':news', cjson.encode(workers))
  end
end
`;
