import { LABELS } from "./labels.ts";
import { RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Makes a run, unless it is there, and its first event.
 *
 * KEYS[1] partition
 * ARGV[2] run id       ARGV[3] workflow   ARGV[4] queue   ARGV[5] event run.queued, as JSON   ARGV[6] salt
 * ARGV[7] nonce of the call, so that one that is sent again is told that it was the one
 * ARGV[8] name of the idempotency key that leads to it, empty for none
 * ARGV[9] tenant, empty for none   ARGV[10] priority   ARGV[11] tags as JSON, empty for none
 *
 * <base>:number is the number given last: microseconds, and greater than all before, so that runs are in order of their
 * creation within a partition, and nearly so over several. <base>:gone:<id> is there for a while after a run with an
 * idempotency key was deleted, or given up before it was made: who has read the key before that must not make it.
 *
 * Answers {'created', time}, {'existing'} or {'gone'}.
 */
export const createRunScript = defineScript(
  "create-run",
  "refuse-oom",
  [TIME, RUNS, WRITING, LABELS],
  String.raw`
local id = ARGV[2]
local maker = redis.call('HMGET', runKey(id), 'maker', 'createdAt')
if maker[2] then
  if maker[1] == ARGV[7] then return { 'created', tonumber(maker[2]) } end
  return { 'existing' }
end
if ARGV[8] ~= '' and redis.call('EXISTS', base .. ':gone:' .. id) == 1 then return { 'gone' } end
local number = math.max(tonumber(redis.call('GET', base .. ':number') or '0') + 1, micros)
redis.call('SET', base .. ':number', text(number))
local run = {
  id = id, workflow = ARGV[3], queue = ARGV[4], status = 'queued', phase = 'new', number = number,
  tail = 0, recoveries = 0, tenant = '', priority = 0, changes = {},
}
for _, field in ipairs({ 'workflow', 'queue', 'status', 'number' }) do set(run, field, run[field]) end
set(run, 'createdAt', now)
set(run, 'salt', ARGV[6])
set(run, 'maker', ARGV[7])
if ARGV[8] ~= '' then set(run, 'key', ARGV[8]) end
if ARGV[9] ~= '' then set(run, 'tenant', ARGV[9]) end
if ARGV[10] ~= '0' then set(run, 'priority', tonumber(ARGV[10])) end
if ARGV[11] ~= '' then set(run, 'tags', ARGV[11]) end
for _, field in ipairs({ 'fence', 'execution', 'recoveries', 'wasLost', 'cancelRequested', 'signals' }) do
  set(run, field, 0)
end
write(run, 0, now, '', '', { { ARGV[5], '' } })
redis.call('ZADD', base .. ':runs', number, id)
for _, list in ipairs(labelLists(base, run.tenant, run.tags)) do redis.call('ZADD', list, number, id) end
enlist(run)
move(run, 'ready')
save(run)
tellRun(run)
tellQueues()
return { 'created', now }
`,
);
