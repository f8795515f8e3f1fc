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

local limit = findLimit() or {
  numbersText = '', definedAt = 0, count = 0, slots = 0, waiting = 0, rateAt = 0, tokensAt = 0, pausedUntil = 0,
  failures = {}, expiresAt = 0,
}
-- The limit itself has changed; anything has been written.
local isChanged, isWritten = false, false

local function set(field, value)
  limit[field] = value
  isChanged = true
end

local function decode(id, packed)
  if not packed then return nil end
  local v = cjson.decode(packed)
  return {
    id = id, worker = v[1], tenant = v[2], slot = v[3], phase = v[4], position = v[5], granted = v[6], reserved = v[7],
  }
end

local function find(id) return decode(id, redis.call('HGET', permitsKey, id)) end
local function leaseOf(id) return tonumber(redis.call('ZSCORE', leasesKey, id) or nil) end

local function lineMember(permit) return permit.tenant .. '\0' .. padded(permit.position) .. '\0' .. permit.id end
local function heldMember(permit) return permit.worker .. '\0' .. padded(permit.granted) .. '\0' .. permit.id end

local function put(permit)
  isWritten = true
  redis.call('HSET', permitsKey, permit.id, cjson.encode({
    permit.worker, permit.tenant, permit.slot, permit.phase, permit.position, permit.granted, permit.reserved,
  }))
end

local function lease(id, untilTime)
  isWritten = true
  redis.call('ZADD', leasesKey, text(untilTime), id)
end

local function remove(id)
  isWritten = true
  redis.call('HDEL', permitsKey, id)
  redis.call('ZREM', leasesKey, id)
end

-- Redis forgets what nobody uses. Looking is cheaper than setting, which is seldom necessary.
local function keep()
  local last = redis.call('ZRANGE', leasesKey, -1, -1, 'WITHSCORES')
  local left = math.max(limit.expiresAt, tonumber(last[2] or '0')) - now
  for _, name in ipairs({ 'limit', 'permits', 'leases', 'held', 'line:0', 'line:1', 'ring:0', 'ring:1' }) do
    local key = base .. ':' .. name
    if redis.call('PTTL', key) < left then redis.call('PEXPIRE', key, text(left + 600000)) end
  end
end

-- Writes what has changed of the limit itself.
local function save()
  local kept = ${LIMIT_KEPT_MS}
  local expiresAt = math.ceil(math.max(now, limit.rateAt, limit.tokensAt, limit.pausedUntil, limit.openUntil or 0)) + kept
  if limit.expiresAt < expiresAt - kept / 10 then set('expiresAt', expiresAt) end
  if isChanged then
    redis.call('HSET', base .. ':limit', 'numbers', limit.numbersText, 'definedAt', text(limit.definedAt),
      'count', text(limit.count), 'slots', text(limit.slots), 'waiting', text(limit.waiting), 'rateAt', exact(limit.rateAt),
      'tokensAt', exact(limit.tokensAt), 'averageTokens', limit.averageTokens and exact(limit.averageTokens) or '',
      'pausedUntil', text(limit.pausedUntil), 'failures', table.concat(limit.failures, ','),
      'openUntil', limit.openUntil and text(limit.openUntil) or '', 'probe', limit.probe or EMPTY,
      'expiresAt', text(limit.expiresAt))
  end
  if isChanged or isWritten then keep() end
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
