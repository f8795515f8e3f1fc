import { OWNING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * An owner writes and lets its run wait. Nothing is written when there is news for the run: it answers {'news'}.
 *
 * KEYS and ARGV: see OWNING; ARGV[8] when to wake it, empty for never; ARGV[9] how many signals the owner has seen.
 */
export const parkScript = defineScript(
  "park",
  "refuse-oom",
  [TIME, RUNS, WRITING, OWNING],
  String.raw`
-- It may have been woken since; a run that was lost was never parked.
local verdict = judge(function(run)
  return run.phase == 'parked' or (run.phase == 'ready' and not run.wasLost)
end)
if verdict then return verdict end
if run.cancelRequested or run.signals > tonumber(ARGV[9]) then return { 'news' } end
local at = writeOwn()
move(run, 'parked', tonumber(ARGV[8]))
save(run)
tellRun(run)
return { 'written', at }
`,
);
