/**
 * Deleting runs that ended at least so long ago, in three steps: which they are, freeing their idempotency keys, which are
 * in other slots, deleting. In this order nothing is left behind when the process dies between two of them.
 *
 * KEYS[1] partition
 * ARGV[2] how long ago, in milliseconds
 */
import { LABELS } from "./labels.ts";
import { TIME } from "./parts.ts";
import { defineScript } from "./script.ts";

/** ARGV[3] how many at most. Answers {id, name of its idempotency key or empty …}. */
export const listEndedScript = defineScript(
  "list-ended",
  "no-writes",
  [TIME],
  String.raw`
local endedBefore = text(now - tonumber(ARGV[2]))
local answer = {}
for _, id in ipairs(redis.call('ZRANGE', base .. ':ended', '-inf', endedBefore, 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
  answer[#answer + 1] = id
  answer[#answer + 1] = redis.call('HGET', base .. ':run:' .. id, 'key') or ''
end
return answer
`,
);

/**
 * ARGV[3] … run ids. Answers how many were deleted: those that still ended so long ago. UNLINK takes the keys away at once;
 * Redis frees what they held beside its work, however much it is.
 */
export const deleteEndedScript = defineScript(
  "delete-ended",
  "allow-oom",
  [TIME, LABELS],
  String.raw`
local endedBefore = now - tonumber(ARGV[2])
local deleted = 0
for index = 3, #ARGV do
  local id = ARGV[index]
  local endedAt = tonumber(redis.call('ZSCORE', base .. ':ended', id))
  if endedAt and endedAt <= endedBefore then
    local run = redis.call('HMGET', base .. ':run:' .. id, 'workflow', 'status', 'key', 'tenant', 'tags')
    -- Longer than any call that has read the key takes to make its run.
    if run[3] then redis.call('SET', base .. ':gone:' .. id, '', 'PX', 600000) end
    redis.call('ZREM', base .. ':ended', id)
    redis.call('ZREM', base .. ':runs', id)
    redis.call('ZREM', base .. ':runs:' .. run[2] .. ':' .. run[1], id)
    for _, list in ipairs(labelLists(base, run[4] or '', run[5])) do redis.call('ZREM', list, id) end
    redis.call('UNLINK', base .. ':run:' .. id, base .. ':events:' .. id, base .. ':journal:' .. id,
      base .. ':signals:' .. id, base .. ':signal-ids:' .. id)
    deleted = deleted + 1
  end
end
return deleted
`,
);
