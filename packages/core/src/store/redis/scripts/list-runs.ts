import { defineScript } from "./script.ts";

/**
 * The newest runs of a partition.
 *
 * KEYS[1] partition
 * ARGV[2] workflow, empty for any   ARGV[3] status, empty for any
 * ARGV[4] the number they come before, as ZRANGE BYSCORE takes it   ARGV[5] how many at most
 *
 * Answers {number, id, workflow, status, createdAt, updatedAt, endedAt, tenant, priority …}, newest first.
 */
export const listRunsScript = defineScript(
  "list-runs",
  "no-writes",
  [],
  String.raw`
local base, workflow, status = KEYS[1], ARGV[2], ARGV[3]
local lists = {}
if workflow == '' and status == '' then
  lists[1] = base .. ':runs'
elseif workflow ~= '' and status ~= '' then
  lists[1] = base .. ':runs:' .. status .. ':' .. workflow
else
  for _, name in ipairs(redis.call('SMEMBERS', base .. ':lists')) do
    local colon = string.find(name, ':', 1, true)
    local isWanted = status == string.sub(name, 1, colon - 1) or workflow == string.sub(name, colon + 1)
    if isWanted then lists[#lists + 1] = base .. ':runs:' .. name end
  end
end
local found = {}
for _, list in ipairs(lists) do
  local runs = redis.call('ZRANGE', list, ARGV[4], '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[5], 'WITHSCORES')
  for index = 1, #runs, 2 do found[#found + 1] = { runs[index], tonumber(runs[index + 1]) } end
end
table.sort(found, function(left, right) return left[2] > right[2] end)
local answer = {}
for index = 1, math.min(#found, tonumber(ARGV[5])) do
  local id = found[index][1]
  local run = redis.call('HMGET', base .. ':run:' .. id, 'workflow', 'status', 'createdAt', 'updatedAt', 'endedAt',
    'tenant', 'priority')
  if run[1] then
    answer[#answer + 1] = string.format('%.0f', found[index][2])
    answer[#answer + 1] = id
    for field = 1, 7 do answer[#answer + 1] = run[field] or '' end
  end
end
return answer
`,
);
