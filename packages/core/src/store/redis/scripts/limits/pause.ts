import { TIME } from "../parts.ts";
import { defineScript } from "../script.ts";
import { LIMIT } from "./state.ts";

/**
 * Nobody gets a permit before then.
 *
 * KEYS[1] limit
 * ARGV[2] until when
 */
export const pauseScript = defineScript(
  "pause-limit",
  "allow-oom",
  [TIME, LIMIT],
  String.raw`
local untilTime = tonumber(ARGV[2])
if untilTime > limit.pausedUntil then
  set('pausedUntil', untilTime)
  save()
end
return 1
`,
);
