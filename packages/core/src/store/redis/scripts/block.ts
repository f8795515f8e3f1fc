import { OWNING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * An owner writes and gives its run up until a person or another build lets it go on. Where a cancel was asked, the run
 * ends, after these records.
 *
 * KEYS and ARGV: see OWNING.
 */
export const blockScript = defineScript(
  "block",
  "allow-oom",
  [TIME, RUNS, WRITING, OWNING],
  String.raw`
-- It may have been made ready since.
local verdict = judge(function(run)
  return run.phase == 'blocked' or (run.phase == 'ready' and not run.wasLost) or wasCancelledByStore(run)
end)
if verdict then return verdict end
local at = writeOwn()
if run.cancelRequested then cancelRun(run) else move(run, 'blocked') end
save(run)
tellRun(run)
return { 'written', at }
`,
);
