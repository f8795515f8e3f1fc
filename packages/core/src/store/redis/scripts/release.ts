import { OWNING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * An owner writes and gives its run back to the queue. A run whose cancel was asked has nobody to see to it any more: it
 * ends, after these records (E9).
 *
 * KEYS and ARGV: see OWNING.
 */
export const releaseScript = defineScript(
  "release",
  "allow-oom",
  [TIME, RUNS, WRITING, OWNING],
  String.raw`
local verdict = judge(function(run)
  return (run.phase == 'ready' and not run.wasLost) or wasCancelledByStore(run)
end)
if verdict then return verdict end
local at = writeOwn()
if run.cancelRequested then
  cancelRun(run)
else
  move(run, 'ready')
  tellQueues()
end
save(run)
tellRun(run)
return { 'written', at }
`,
);
