/**
 * Rates, tokens and the circuit of a limit, in Lua. `transitions/limits` has it for the other stores: what is said there is
 * not said again, and the same names mean the same.
 */
import { EARLY_SHARE, LONGER } from "../../../transitions/limits/pace.ts";
import { UNKNOWN_SHARE } from "../../../transitions/limits/tokens.ts";

/** Needs LIMIT. */
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
