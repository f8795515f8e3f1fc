import { KEPT_TIMINGS } from "../../store.ts";
import { OWNING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

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
local verdict = judge(function(run)
  return run.phase == 'ended' or (run.phase == 'ready' and not run.wasLost)
end)
if verdict then return verdict end
if run.cancelRequested and ARGV[8] ~= 'cancelled' then return { 'cancelling' } end
local at = writeOwn()
move(run, 'ended', at)
save(run)
if ARGV[9] ~= '' then
  local timings = base .. ':timings:' .. run.workflow
  redis.call('LPUSH', timings, text(at) .. ' ' .. ARGV[9])
  redis.call('LTRIM', timings, 0, ${KEPT_TIMINGS - 1})
end
tellRun(run)
return { 'written', at }
`,
);
