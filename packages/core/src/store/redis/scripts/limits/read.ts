import { LISTED } from "../../../transitions/limits/settle.ts";
import { TIME } from "../parts.ts";
import { defineScript } from "../script.ts";
import { PACE } from "./pace.ts";
import { LIMIT } from "./state.ts";

/**
 * What there is to be known of a limit.
 *
 * KEYS[1] limit
 *
 * Answers {numbers as JSON, slots, waiting, until when it is paused, state of the circuit, average of tokens, {held …},
 * {waiting …}}, each permit {id, tenant, slot, worker, end of its lease}; nil where there is nothing.
 */
export const readLimitScript = defineScript(
  "read-limit",
  "no-writes",
  [TIME, LIMIT, PACE],
  String.raw`
if not findLimit() then return nil end
local function list(key, found)
  for _, member in ipairs(redis.call('ZRANGE', key, 0, ${LISTED} - 1 - #found)) do
    local permit = find(string.match(member, '^%Z*%z%d+%z(.*)$'))
    found[#found + 1] = { permit.id, permit.tenant, permit.slot, permit.worker, text(leaseOf(permit.id)) }
  end
  return found
end
local line = list(lineKey('0'), {})
if #line < ${LISTED} then list(lineKey('1'), line) end
local average = limit.averageTokens and exact(limit.averageTokens) or ''
local pausedUntil = limit.pausedUntil > now and text(limit.pausedUntil) or ''
return { limit.numbersText, limit.slots, limit.waiting, pausedUntil, circuit(), average, list(heldKey, {}), line }
`,
);
