import { NEWEST_WEIGHT } from "../../../transitions/limits/tokens.ts";
import { TIME } from "../parts.ts";
import { defineScript } from "../script.ts";
import { GRANT } from "./grant.ts";
import { LINE } from "./line.ts";
import { PACE } from "./pace.ts";
import { LIMIT } from "./state.ts";

/**
 * Takes permits and places back that are the worker's, makes good what was used beyond or below what was reserved, and gives
 * permits to those whose turn it is.
 *
 * KEYS[1] limit
 * ARGV[2] worker
 * ARGV[3], ARGV[4], ARGV[5] … id, tokens that were used (empty where nobody knows), and outcome, of each
 */
export const releaseScript = defineScript(
  "release-permits",
  "allow-oom",
  [TIME, LIMIT, PACE, LINE, GRANT],
  String.raw`
local openBefore = limit.openUntil

local function settleTokens(reserved, used)
  local pace = tokensPace(limit.numbers)
  if not pace then return end
  local more = used - reserved
  set('tokensAt', more > 0 and charge(limit.tokensAt, more, pace) or limit.tokensAt + more * pace.interval)
  if used == 0 then return end
  local average = limit.averageTokens
  set('averageTokens', average and average + (used - average) * ${NEWEST_WEIGHT} or used)
end

for index = 3, #ARGV, 3 do
  local permit = find(ARGV[index])
  if permit and permit.worker == ARGV[2] then
    drop(permit, ARGV[index + 2])
    if permit.phase == 'held' and ARGV[index + 1] ~= '' then settleTokens(permit.reserved, tonumber(ARGV[index + 1])) end
  end
end
moveOn(openBefore)
return 1
`,
);
