/**
 * Values that runs share. They are in a fixed number of slots of their own, spread by their keys.
 *
 * KEYS[1] one of these slots, such as `alder:{c12}`
 *
 *   <base>:value:<key>     hash of a value (v), when it was made (at), when it expires (until), and who made it (by)
 *   <base>:lead:<key>      hash of who makes it (h), on which worker (w), and until when that is believed (until)
 *   <base>:until           zset of places by when they are of no use any more, or will be
 *   <base>:components      zset of places, for those that begin alike
 *   <base>:tenants         the same with the tenant first
 *
 * A place is component, tenant and key, one word each. What decides is the time in a hash; a key's own expiry, a minute
 * later, only sees to it that Redis forgets.
 */
import { TIME } from "./parts.ts";
import { defineScript } from "./script.ts";

const CACHE = String.raw`
local function valueKey(key) return base .. ':value:' .. key end
local function leadKey(key) return base .. ':lead:' .. key end
local function tell(key) redis.call('SPUBLISH', base .. ':cached:' .. key, '') end

local function untilOf(hash) return tonumber(redis.call('HGET', hash, 'until') or '0') end

local function tenantFirst(place)
  return (string.gsub(place, '^(%S+) (%S+) (%S+)$', '%2 %1 %3'))
end

-- Holds the place for that long at least; an index outlives what it leads to by an hour.
local function hold(place, at)
  redis.call('ZADD', base .. ':until', 'GT', text(at), place)
  redis.call('ZADD', base .. ':components', 0, place)
  redis.call('ZADD', base .. ':tenants', 0, tenantFirst(place))
  local left = at - now + 3600000
  for _, index in ipairs({ ':until', ':components', ':tenants' }) do
    if redis.call('PTTL', base .. index) < left then redis.call('PEXPIRE', base .. index, text(left)) end
  end
end

local function remove(place)
  local key = string.match(place, '%S+$')
  redis.call('UNLINK', valueKey(key), leadKey(key))
  redis.call('ZREM', base .. ':until', place)
  redis.call('ZREM', base .. ':components', place)
  redis.call('ZREM', base .. ':tenants', tenantFirst(place))
end

-- At most so many places; a lead that was renewed has another time by now.
local function sweep(limit)
  for _, place in ipairs(redis.call('ZRANGE', base .. ':until', '-inf', text(now), 'BYSCORE', 'LIMIT', 0, limit)) do
    local key = string.match(place, '%S+$')
    local at = math.max(untilOf(valueKey(key)), untilOf(leadKey(key)))
    if at > now then redis.call('ZADD', base .. ':until', text(at), place) else remove(place) end
  end
end

local function isHeldBy(key, holder, worker)
  local lead = redis.call('HMGET', leadKey(key), 'h', 'w', 'until')
  return lead[1] == holder and (not worker or lead[2] == worker) and tonumber(lead[3]) > now
end

local function lead(key, leaseMs)
  redis.call('HSET', leadKey(key), 'until', text(now + leaseMs))
  redis.call('PEXPIRE', leadKey(key), text(leaseMs + 60000))
end
`;

/**
 * ARGV[2] how many expired values to delete at most   ARGV[3] key   ARGV[4] place
 * ARGV[5] holder   ARGV[6] worker   ARGV[7] length of the lease in milliseconds
 * ARGV[8] values made up to then do not count   ARGV[9] 1 to lead whatever is there
 *
 * Answers {'hit', JSON, when it was made}, {'wait', until when} or {'lead'}.
 */
export const readOrLeadScript = defineScript(
  "read-or-lead",
  "refuse-oom",
  [TIME, CACHE],
  String.raw`
local key, holder = ARGV[3], ARGV[5]
if ARGV[9] ~= '1' then
  local at, expires = unpack(redis.call('HMGET', valueKey(key), 'at', 'until'))
  if at and tonumber(expires) > now and tonumber(at) > tonumber(ARGV[8]) then
    return { 'hit', redis.call('HGET', valueKey(key), 'v'), tonumber(at) }
  end
  local other, leadUntil = unpack(redis.call('HMGET', leadKey(key), 'h', 'until'))
  if other and other ~= holder and tonumber(leadUntil) > now then return { 'wait', tonumber(leadUntil) } end
end
local leaseMs = tonumber(ARGV[7])
sweep(ARGV[2])
redis.call('HSET', leadKey(key), 'h', holder, 'w', ARGV[6])
lead(key, leaseMs)
hold(ARGV[4], now + leaseMs)
return { 'lead' }
`,
);

/**
 * ARGV[2] how many expired values to delete at most   ARGV[3] key   ARGV[4] place
 * ARGV[5] holder   ARGV[6] how long the value is kept, in milliseconds   ARGV[7] the value as JSON
 *
 * Answers 'filled' or 'lost'.
 */
export const fillCacheScript = defineScript(
  "fill-cache",
  "refuse-oom",
  [TIME, CACHE],
  String.raw`
local key, holder, ttlMs = ARGV[3], ARGV[5], tonumber(ARGV[6])
local by, was, expires = unpack(redis.call('HMGET', valueKey(key), 'by', 'at', 'until'))
local isKept = by and tonumber(expires) > now
-- Sent again: it is there already.
if not isHeldBy(key, holder) then return isKept and by == holder and 'filled' or 'lost' end
-- Later than the one before it, which may be asked not to be given again.
local at = isKept and math.max(now, tonumber(was) + 1) or now
redis.call('HSET', valueKey(key), 'v', ARGV[7], 'at', text(at), 'until', text(now + ttlMs), 'by', holder)
redis.call('PEXPIRE', valueKey(key), text(ttlMs + 60000))
redis.call('DEL', leadKey(key))
hold(ARGV[4], now + ttlMs)
sweep(ARGV[2])
tell(key)
return 'filled'
`,
);

/** ARGV[2] worker   ARGV[3], ARGV[4] … key and holder of each lead to be given up */
export const giveUpLeadsScript = defineScript(
  "give-up-leads",
  "allow-oom",
  [TIME, CACHE],
  String.raw`
for index = 3, #ARGV, 2 do
  if isHeldBy(ARGV[index], ARGV[index + 1], ARGV[2]) then
    redis.call('DEL', leadKey(ARGV[index]))
    tell(ARGV[index])
  end
end
return 1
`,
);

/**
 * ARGV[2] worker   ARGV[3] length of the lease in milliseconds   ARGV[4], ARGV[5] … key and holder of each lead
 *
 * Answers which of them are lost, counted from 1.
 */
export const renewLeadsScript = defineScript(
  "renew-leads",
  "allow-oom",
  [TIME, CACHE],
  String.raw`
local lost = {}
for index = 4, #ARGV, 2 do
  if isHeldBy(ARGV[index], ARGV[index + 1], ARGV[2]) then
    lead(ARGV[index], tonumber(ARGV[3]))
  else
    lost[#lost + 1] = index / 2 - 1
  end
end
return lost
`,
);

/**
 * ARGV[2] component, ARGV[3] tenant, as in a place, or empty   ARGV[4] how many places at most
 *
 * Answers {how many values were cleared, how many places were found}.
 */
export const clearCacheScript = defineScript(
  "clear-cache",
  "allow-oom",
  [TIME, CACHE],
  String.raw`
local component, tenant = ARGV[2], ARGV[3]
local index, prefix = ':components', ''
if component ~= '' then prefix = component .. ' ' .. (tenant ~= '' and tenant .. ' ' or '')
elseif tenant ~= '' then index, prefix = ':tenants', tenant .. ' ' end
local first, last = '-', '+'
if prefix ~= '' then first, last = '[' .. prefix, '(' .. prefix .. '\255' end
local places = redis.call('ZRANGE', base .. index, first, last, 'BYLEX', 'LIMIT', 0, ARGV[4])
local values = 0
for _, place in ipairs(places) do
  -- The first two words change places, and once more, back.
  if index == ':tenants' then place = tenantFirst(place) end
  local key = string.match(place, '%S+$')
  if untilOf(valueKey(key)) > now then values = values + 1 end
  remove(place)
  tell(key)
end
return { values, #places }
`,
);
