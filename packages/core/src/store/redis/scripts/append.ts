import { OWNING, RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/** An owner writes. KEYS and ARGV: see OWNING. */
export const appendScript = defineScript(
  "append",
  "refuse-oom",
  [TIME, RUNS, WRITING, OWNING],
  String.raw`
local verdict = judge(function() return false end)
if verdict then return verdict end
local at = writeOwn()
save(run)
tellRun(run, 'events')
return { 'written', at }
`,
);
