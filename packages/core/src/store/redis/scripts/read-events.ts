import { defineScript } from "./script.ts";

/**
 * A page of a run's events.
 *
 * KEYS[1] partition
 * ARGV[2] run id   ARGV[3], ARGV[4] number and fence of the event they come after, 0 and 0 for none
 * ARGV[5] how many at most   ARGV[6] how many bytes of JSON at most, unless a single event has more
 *
 * Answers {status, tail, id, time, event …}, {'reset'}, or nil for an unknown run.
 */
export const readEventsScript = defineScript(
  "read-events",
  "no-writes",
  [],
  String.raw`
local base, id = KEYS[1], ARGV[2]
local run = redis.call('HMGET', base .. ':run:' .. id, 'status', 'tail')
if not run[1] then return nil end
local key = base .. ':events:' .. id
local from = '-'
if tonumber(ARGV[3]) > 0 then
  local cursor = ARGV[3] .. '-' .. ARGV[4]
  if #redis.call('XRANGE', key, cursor, cursor) == 0 then return { 'reset' } end
  from = '(' .. cursor
end
local left, bytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local answer = { run[1], tonumber(run[2]) }
-- A few first: of large events each page would else read hundreds to give one.
local few = 16
while left > 0 do
  local asked = math.min(left, few)
  local events = redis.call('XRANGE', key, from, '+', 'COUNT', asked)
  for _, event in ipairs(events) do
    bytes = bytes - #event[2][4]
    if bytes < 0 and #answer > 2 then return answer end
    answer[#answer + 1] = event[1]
    answer[#answer + 1] = event[2][2]
    answer[#answer + 1] = event[2][4]
    from = '(' .. event[1]
  end
  if #events < asked then break end
  left = left - asked
  few = few * 4
end
return answer
`,
);
