/**
 * Giving permits and taking them back, in Lua. `transitions/limits` has it for the other stores: what is said there is
 * not said again, and the same names mean the same.
 */
import { EXPIRE_LIMIT, GRANT_LIMIT } from "../../../transitions/limits/grant.ts";

/** Needs LINE. */
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
  local given, seen = 0, 0
  while limit.waiting > 0 and seen < ${GRANT_LIMIT} do
    seen = seen + 1
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
