import { TIME } from "../parts.ts";
import { defineScript } from "../script.ts";
import { GRANT } from "./grant.ts";
import { LINE } from "./line.ts";
import { PACE } from "./pace.ts";
import { LIMIT } from "./state.ts";

/**
 * Renews permits and places of a worker, frees what the dead have, and gives permits to those whose turn it is.
 *
 * KEYS[1] limit
 * ARGV[2] worker   ARGV[3] length of the lease in milliseconds
 * ARGV[4], ARGV[5] … id, and until when its run is parked (empty where it is not), of each
 *
 * Answers {which of them are not the worker's any more …}, counted from 1.
 */
export const renewScript = defineScript(
  "renew-permits",
  "allow-oom",
  [TIME, LIMIT, PACE, LINE, GRANT],
  String.raw`
local worker, leaseMs = ARGV[2], tonumber(ARGV[3])
local openBefore = limit.openUntil
local lost, renewed = {}, {}
-- Many at once, but no more than Lua passes on.
local function renew()
  if #renewed > 0 then redis.call('ZADD', leasesKey, unpack(renewed)) end
  if #renewed > 0 then written[leasesKey] = true end
  renewed = {}
end
for index = 4, #ARGV, 2 do
  local permit = find(ARGV[index])
  if not permit or permit.worker ~= worker then
    lost[#lost + 1] = (index - 2) / 2
  else
    local from = now
    if ARGV[index + 1] ~= '' and permit.phase ~= 'held' then
      if permit.phase == 'waiting' then
        leave(permit)
        permit.phase = 'away'
        put(permit)
      end
      from = tonumber(ARGV[index + 1])
    end
    renewed[#renewed + 1] = text(from + leaseMs)
    renewed[#renewed + 1] = permit.id
    if #renewed == 1000 then renew() end
  end
end
renew()
expire()
moveOn(openBefore)
return lost
`,
);
