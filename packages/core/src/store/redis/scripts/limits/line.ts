/**
 * The line of a limit, in Lua. `transitions/limits` has it for the other stores: what is said there is
 * not said again, and the same names mean the same.
 */
import { COUNTED } from "../../../transitions/limits/line.ts";

/** Needs PACE. */
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
