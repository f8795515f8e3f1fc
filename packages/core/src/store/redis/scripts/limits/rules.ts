/**
 * The rules of limits in Lua, as `transitions/limits` has them for the other stores: what is said there is not said again.
 * The same names mean the same.
 */
import { EXPIRE_LIMIT, GRANT_LIMIT } from "../../../transitions/limits/grant.ts";
import { COUNTED } from "../../../transitions/limits/line.ts";
import { EARLY_SHARE, LONGER } from "../../../transitions/limits/pace.ts";
import { UNKNOWN_SHARE } from "../../../transitions/limits/tokens.ts";

/** Rates and the circuit. Needs LIMIT. */
export const PACE = String.raw`
local function toPace(rate, burst)
  local early = burst and math.min(burst, rate.count) - 1 or rate.count * ${EARLY_SHARE}
  local interval = (rate.periodMs * ${LONGER} + 1) / (rate.count - early)
  return { interval = interval, tolerance = early * interval }
end

local function ratePace(numbers) return numbers and numbers.rate and toPace(numbers.rate, numbers.burst) end
local function tokensPace(numbers) return numbers and numbers.tokens and toPace(numbers.tokens) end

local function readyAt(usedUntil, cost, pace)
  return usedUntil - math.max(0, pace.tolerance - (cost - 1) * pace.interval)
end

local function charge(usedUntil, cost, pace) return math.max(usedUntil, now) + cost * pace.interval end
local function atMost(usedUntil, pace) return math.min(usedUntil, now + pace.tolerance + pace.interval) end

local function tokensToReserve()
  return math.max(1, math.ceil(limit.averageTokens or limit.numbers.tokens.count * ${UNKNOWN_SHARE}))
end

local function circuit()
  if not (limit.numbers and limit.numbers.breaker) or not limit.openUntil then return 'closed' end
  return now < limit.openUntil and 'open' or 'half_open'
end

local function turnsAway(id)
  local state = circuit()
  return state == 'open' or (state == 'half_open' and limit.probe ~= nil and limit.probe ~= id)
end

local function judge(id, outcome)
  local breaker = limit.numbers and limit.numbers.breaker
  local function open()
    set('failures', {})
    set('openUntil', now + breaker.openMs)
    set('probe', nil)
  end
  if not breaker then
    if limit.probe == id then set('probe', nil) end
  elseif limit.openUntil then
    if limit.probe ~= id then return end
    if outcome == 'failed' then return open() end
    set('probe', nil)
    if outcome == 'ok' then set('openUntil', nil) end
  elseif outcome == 'failed' then
    local failures = {}
    for _, at in ipairs(limit.failures) do
      if at > now - breaker.withinMs then failures[#failures + 1] = at end
    end
    failures[#failures + 1] = now
    if #failures >= breaker.failures then open() else set('failures', failures) end
  end
end
`;

/** The line. Needs PACE. */
export const LINE = String.raw`
local function firstWaiting(slot, tenant)
  return redis.call('ZRANGE', lineKey(slot), '[' .. tenant .. '\0', '(' .. tenant .. '\1', 'BYLEX', 'LIMIT', 0, 1)[1]
end

local function other(slot) return slot == '1' and '0' or '1' end

local function join(permit)
  permit.phase, permit.granted, permit.reserved = 'waiting', 0, 0
  put(permit)
  redis.call('ZADD', lineKey(permit.slot), 0, lineMember(permit))
  written[lineKey(permit.slot)] = true
  set('waiting', limit.waiting + 1)
  if redis.call('ZSCORE', ringKey(permit.slot), permit.tenant) then return end
  local otherTurn = redis.call('ZSCORE', ringKey(other(permit.slot)), permit.tenant)
  local turn = tonumber(otherTurn or limit.count + 1)
  written[ringKey(permit.slot)] = true
  redis.call('ZADD', ringKey(permit.slot), text(turn), permit.tenant)
  if not otherTurn then set('count', turn) end
end

-- What becomes of the permit itself is the caller's.
local function leave(permit)
  redis.call('ZREM', lineKey(permit.slot), lineMember(permit))
  if not firstWaiting(permit.slot, permit.tenant) then redis.call('ZREM', ringKey(permit.slot), permit.tenant) end
  set('waiting', limit.waiting - 1)
end

local function takeTurn(tenant)
  local turn = limit.count + 1
  for _, slot in ipairs({ '1', '0' }) do redis.call('ZADD', ringKey(slot), 'XX', text(turn), tenant) end
  set('count', turn)
end

local function hasFreeSlot()
  local concurrency = limit.numbers and limit.numbers.concurrency
  return not concurrency or limit.slots < concurrency
end

local function nextOf(slot)
  if slot == '1' and not hasFreeSlot() then return nil end
  local first = redis.call('ZRANGE', ringKey(slot), 0, 0, 'WITHSCORES')
  if not first[1] then return nil end
  local member = firstWaiting(slot, first[1])
  return find(string.sub(member, #first[1] + 19)), tonumber(first[2])
end

local function nextInLine()
  local withSlot, turn = nextOf('1')
  local without, turnWithout = nextOf('0')
  if not withSlot or not without then return withSlot or without end
  if turn ~= turnWithout then return turn < turnWithout and withSlot or without end
  return withSlot.position < without.position and withSlot or without
end

local function countAhead(permit)
  local line, ring = lineKey(permit.slot), ringKey(permit.slot)
  local turn = redis.call('ZSCORE', ring, permit.tenant)
  local own = redis.call('ZLEXCOUNT', line, '[' .. permit.tenant .. '\0', '(' .. permit.tenant .. '\0' .. padded(permit.position))
  local before = redis.call('ZCOUNT', ring, '-inf', '(' .. turn)
  local all = redis.call('ZCARD', ring)
  local most = ${COUNTED}
  return math.min(math.min(own, most) * math.min(all, most) + math.min(before, most), limit.waiting - 1)
end
`;

/** Giving and taking back. Needs LINE. */
export const GRANT = String.raw`
-- Reason, and the time where there is one; nil where nothing stands against it.
local function obstacleFor(slot)
  if slot == '1' and not hasFreeSlot() then return 'concurrency', nil end
  local reason, at = 'paused', limit.pausedUntil
  local rate, tokens = ratePace(limit.numbers), tokensPace(limit.numbers)
  if rate then
    local ready = readyAt(atMost(limit.rateAt, rate), 1, rate)
    if ready > at then reason, at = 'rate', ready end
  end
  if tokens then
    local ready = readyAt(limit.tokensAt, tokensToReserve(), tokens)
    if ready > at then reason, at = 'tokens', ready end
  end
  if at > now then return reason, math.ceil(at) end
end

local function intervalNow()
  local rate, tokens = ratePace(limit.numbers), tokensPace(limit.numbers)
  local interval = rate and rate.interval or 0
  if not tokens then return interval end
  return math.max(interval, tokens.interval * tokensToReserve())
end

-- Gives it the permit.
local function use(permit)
  local rate, tokens = ratePace(limit.numbers), tokensPace(limit.numbers)
  if rate then set('rateAt', charge(atMost(limit.rateAt, rate), 1, rate)) end
  permit.reserved = 0
  if tokens then
    permit.reserved = tokensToReserve()
    set('tokensAt', charge(limit.tokensAt, permit.reserved, tokens))
  end
  if circuit() ~= 'closed' then set('probe', permit.id) end
  set('count', limit.count + 1)
  if permit.slot == '1' then set('slots', limit.slots + 1) end
  permit.phase, permit.granted = 'held', limit.count
  put(permit)
  redis.call('ZADD', heldKey, 0, heldMember(permit))
  written[heldKey] = true
end

-- Workers that got a permit are added to told.
local function advance(told)
  local given = 0
  while limit.waiting > 0 and given < ${GRANT_LIMIT} do
    local state = circuit()
    if state == 'open' or (state == 'half_open' and limit.probe) then break end
    local permit = nextInLine()
    if not permit then break end
    if leaseOf(permit.id) <= now then
      leave(permit)
      remove(permit.id)
    elseif obstacleFor(permit.slot) then
      break
    else
      leave(permit)
      use(permit)
      takeTurn(permit.tenant)
      told[permit.worker] = true
      given = given + 1
    end
  end
  return given
end

local function drop(permit, outcome)
  remove(permit.id)
  if permit.phase == 'waiting' then return leave(permit) end
  if permit.phase == 'away' then return end
  redis.call('ZREM', heldKey, heldMember(permit))
  if permit.slot == '1' then set('slots', limit.slots - 1) else isChanged = true end
  judge(permit.id, outcome)
end

-- True where anything has become free by it.
local function expire()
  local hasFreed = false
  for _, id in ipairs(redis.call('ZRANGE', leasesKey, '-inf', text(now), 'BYSCORE', 'LIMIT', 0, ${EXPIRE_LIMIT})) do
    local permit = find(id)
    drop(permit, 'none')
    if permit.phase ~= 'away' then hasFreed = true end
  end
  return hasFreed
end

-- Gives permits where there was a change, and tells who must know. openBefore: until when the circuit was open before.
local function moveOn(openBefore)
  local told = {}
  advance(told)
  if isChanged and limit.waiting > 0 then
    local permit = nextInLine()
    if permit then told[permit.worker] = true end
  end
  if isChanged then
    save()
  elseif next(written) then
    keep()
  end
  if limit.openUntil and limit.openUntil ~= openBefore then tell(nil) else tell(told) end
end
`;
