import { LABELS } from "./labels.ts";
import { defineScript } from "./script.ts";

/** As many runs of a list are looked at in one call that are not all shown: Redis does nothing else meanwhile. */
const LOOKED_AT = 500;

/**
 * The newest runs of a partition.
 *
 * KEYS[1] partition
 * ARGV[2] workflow   ARGV[3] status   ARGV[4] tenant   ARGV[5] tag, each empty for any
 * ARGV[6] the number they come before, as ZRANGE BYSCORE takes it   ARGV[7] how many at most
 *
 * Answers {where to go on, number, id, workflow, status, createdAt, updatedAt, endedAt, tenant, priority, tags as JSON …},
 * newest first. Where to go on is empty where these are as many as asked for, or there are no more.
 */
export const listRunsScript = defineScript(
  "list-runs",
  "no-writes",
  [LABELS],
  String.raw`
local base, workflow, status, tenant, tag = KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local limit = tonumber(ARGV[7])
local lists, isFiltered = {}, false
if tag ~= '' or tenant ~= '' then
  lists[1] = tag == '' and ofTenant(base, tenant) or tagged(base, tenant, tag)
  isFiltered = workflow ~= '' or status ~= ''
elseif workflow == '' and status == '' then
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
local most = isFiltered and ${LOOKED_AT} or limit
for _, list in ipairs(lists) do
  local runs = redis.call('ZRANGE', list, ARGV[6], '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, most, 'WITHSCORES')
  for index = 1, #runs, 2 do found[#found + 1] = { runs[index], tonumber(runs[index + 1]) } end
end
table.sort(found, function(left, right) return left[2] > right[2] end)
local answer, shown = { '' }, 0
for _, candidate in ipairs(found) do
  if shown == limit then break end
  local id, number = candidate[1], string.format('%.0f', candidate[2])
  local run = redis.call('HMGET', base .. ':run:' .. id, 'workflow', 'status', 'createdAt', 'updatedAt', 'endedAt',
    'tenant', 'priority', 'tags')
  local isWanted = not isFiltered or ((workflow == '' or workflow == run[1]) and (status == '' or status == run[2]))
  if run[1] and isWanted then
    answer[#answer + 1] = number
    answer[#answer + 1] = id
    for field = 1, 8 do answer[#answer + 1] = run[field] or '' end
    shown = shown + 1
  end
end
if isFiltered and shown < limit and #found == most then answer[1] = string.format('%.0f', found[#found][2]) end
return answer
`,
);
