import { KEPT_TIMINGS } from "../../store.ts";
import { OWNING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/** A stream of more is left as it is. */
const COPIED_BYTES = 32_768;

/**
 * An owner writes the last records of its run. Exactly the last finish of an ended run is acknowledged again, also once it was
 * retried. It answers
 * {'cancelling'}, having written nothing, when a cancel was asked and this is another end.
 *
 * KEYS and ARGV: see OWNING; ARGV[8] the status it ends with; ARGV[9] its timings as JSON, empty for none.
 *
 *   <base>:timings:<workflow>    list of "<time> <JSON>", newest first
 */
export const finishScript = defineScript(
  "finish",
  "allow-oom",
  [TIME, RUNS, WRITING, OWNING],
  String.raw`
-- Of a completed run nothing is executed again: what only an owner needs goes. Signals stay, as one that is sent again is
-- known by them, and so does the name of the call that made the run. A run that failed or was cancelled may be retried.
local function compact()
  if run.status == 'completed' then
    redis.call('UNLINK', base .. ':journal:' .. run.id)
    redis.call('HDEL', runKey(run.id), 'salt', 'owner', 'nonce')
  end
  -- Redis sets some kilobytes aside for what is yet to be written to a stream: a copy has none. Of a long stream it would be
  -- little, and the copy much. Where a server does not allow it, the room stays.
  local key = base .. ':events:' .. run.id
  if redis.call('MEMORY', 'USAGE', key) <= ${COPIED_BYTES} then
    redis.pcall('RESTORE', key, 0, redis.call('DUMP', key), 'REPLACE')
  end
end

local verdict = judge(function(run)
  return run.phase == 'ended' or (run.phase == 'ready' and not run.wasLost)
end)
if verdict then return verdict end
if run.cancelRequested and ARGV[8] ~= 'cancelled' then return { 'cancelling' } end
local at = writeOwn()
move(run, 'ended', at)
save(run)
compact()
if ARGV[9] ~= '' then
  local timings = base .. ':timings:' .. run.workflow
  redis.call('LPUSH', timings, text(at) .. ' ' .. ARGV[9])
  redis.call('LTRIM', timings, 0, ${KEPT_TIMINGS - 1})
end
tellRun(run)
return { 'written', at }
`,
);
