import { RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Asks for a cancel. Nobody executes a run that is ready, parked, or whose owner's lease has expired: it is ended here.
 *
 * KEYS[1] partition
 * ARGV[2] run id   ARGV[3] nonce of the call, so that one that is sent again is told that it was the one
 *
 * Answers what `requestCancel` does.
 */
export const requestCancelScript = defineScript(
  "request-cancel",
  "allow-oom",
  [TIME, RUNS, WRITING],
  String.raw`
local run = find(ARGV[2])
if not run then return 'unknown_run' end
-- Asked first: the run may have been retried since.
if redis.call('HGET', runKey(run.id), 'canceller') == ARGV[3] then return 'cancelled' end
if run.phase == 'ended' then return 'ended' end
local leaseUntil = run.phase == 'owned' and tonumber(redis.call('ZSCORE', base .. ':leases', run.id))
if leaseUntil and leaseUntil > now then
  if not run.cancelRequested then
    set(run, 'cancelRequested', true)
    set(run, 'updatedAt', timeIn(run))
    save(run)
  end
  tellRun(run)
  return 'requested'
end
cancelRun(run)
set(run, 'canceller', ARGV[3])
save(run)
tellRun(run)
return 'cancelled'
`,
);
