import { STAND_IN_MS } from "../../../transitions/limits/acquire.ts";
import { TIME } from "../parts.ts";
import { defineScript } from "../script.ts";
import { GRANT } from "./grant.ts";
import { LINE } from "./line.ts";
import { PACE } from "./pace.ts";
import { LIMIT } from "./state.ts";

/**
 * Gives whoever is new a place in the line, gives permits to those whose turn it is, and says who of a worker has some.
 *
 * KEYS[1] limit
 * ARGV[2] worker   ARGV[3] length of the lease in milliseconds
 * ARGV[4] numbers as JSON, always in the same order   ARGV[5] when the worker began
 * ARGV[6] the number that was heard of last
 * ARGV[7], ARGV[8], ARGV[9] … id, tenant, and 1 if a slot is needed or 0, of each that is wanted
 *
 * Answers {last number, when to ask again, until when the circuit is open, other numbers, 1 if these apply,
 * {id of a permit that was given since …}, {outcome, reason, time, how many come first, of each that was wanted …}}; what
 * there is not is empty.
 */
export const acquireScript = defineScript(
  "acquire-permits",
  "refuse-oom",
  [TIME, LIMIT, PACE, LINE, GRANT],
  String.raw`
local worker, numbersText, definedAt = ARGV[2], ARGV[4], tonumber(ARGV[5])
local leaseUntil = now + tonumber(ARGV[3])

-- Which numbers hold.
local conflict, applies, hasNewNumbers = '', 0, false
if numbersText == limit.numbersText then
  if definedAt > limit.definedAt then set('definedAt', definedAt) end
elseif limit.numbers and definedAt < limit.definedAt then
  conflict, applies = limit.numbersText, 1
else
  local numbers = cjson.decode(numbersText)
  local function repace(usedUntil, from, to)
    if not from or not to or usedUntil <= now then return 0 end
    return now + ((usedUntil - now) / from.interval) * to.interval
  end
  set('rateAt', repace(limit.rateAt, ratePace(limit.numbers), ratePace(numbers)))
  set('tokensAt', repace(limit.tokensAt, tokensPace(limit.numbers), tokensPace(numbers)))
  if not numbers.breaker then
    set('failures', {})
    set('openUntil', nil)
    set('probe', nil)
  end
  conflict, hasNewNumbers = limit.numbersText, true
  set('numbersText', numbersText)
  set('numbers', numbers)
  set('definedAt', definedAt)
end

-- Those that are there already.
local unknown, isWanted = {}, {}
for index = 7, #ARGV, 3 do
  local id = ARGV[index]
  local permit = find(id)
  if not permit then
    if not isWanted[id] then unknown[#unknown + 1] = index end
  elseif permit.phase == 'waiting' or (permit.phase == 'held' and permit.worker == worker) then
    if permit.worker ~= worker then
      permit.worker = worker
      put(permit)
    end
    lease(id, leaseUntil)
  else
    drop(permit, 'none')
    permit.worker = worker
    join(permit)
    lease(id, leaseUntil)
  end
  isWanted[id] = true
end

local hasFreed = expire()

-- Those that are new.
for _, index in ipairs(unknown) do
  local id = ARGV[index]
  if not turnsAway(id) then
    set('count', limit.count + 1)
    local permit = { id = id, worker = worker, tenant = ARGV[index + 1], slot = ARGV[index + 2], position = limit.count }
    if limit.waiting > 0 or obstacleFor(permit.slot) then join(permit) else use(permit) end
    lease(id, leaseUntil)
  end
end

local told = {}
local given = advance(told)

local function turnedAwayUntil() return math.max(limit.openUntil or now, limit.probe and leaseOf(limit.probe) or now) end

local answers = {}
local function answer(...)
  for _, value in ipairs({ ... }) do answers[#answers + 1] = value end
end
for index = 7, #ARGV, 3 do
  local id = ARGV[index]
  local permit = find(id)
  if permit and permit.phase == 'held' then
    answer('granted', '', '', '')
  elseif permit and not turnsAway(id) then
    local ahead = countAhead(permit)
    local reason, at = obstacleFor(permit.slot)
    if not reason then reason, at = 'rate', now end
    answer('waiting', reason, at and text(math.ceil(at + ahead * intervalNow())) or '', ahead)
  else
    if permit then
      leave(permit)
      remove(id)
    end
    answer('open', '', text(turnedAwayUntil()), '')
  end
end

local retryAt = ''
local permit = limit.waiting > 0 and nextInLine() or nil
local state = circuit()
if limit.waiting == 0 then
  retryAt = ''
elseif state == 'open' then
  retryAt = text(limit.openUntil)
elseif permit and not (state == 'half_open' and limit.probe) then
  local _, at = obstacleFor(permit.slot)
  at = at or now
  if permit.worker ~= worker then
    local rate = ratePace(limit.numbers)
    at = at + math.ceil(math.max(${STAND_IN_MS}, rate and rate.tolerance / 2 or 0))
  end
  retryAt = text(at)
end

if permit and (given > 0 or hasFreed or hasNewNumbers) then told[permit.worker] = true end
told[worker] = nil
save()
tell(told)

local granted = {}
local from, to = '(' .. worker .. '\0' .. padded(tonumber(ARGV[6])) .. '\1', '(' .. worker .. '\1'
for _, member in ipairs(redis.call('ZRANGE', heldKey, from, to, 'BYLEX')) do
  local id = string.sub(member, #worker + 19)
  if not isWanted[id] then granted[#granted + 1] = id end
end
local openUntil = state == 'closed' and '' or text(turnedAwayUntil())
return { text(limit.count), retryAt, openUntil, conflict, applies, granted, answers }
`,
);
