import { RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * Appends a signal to a run's log; a parked run becomes ready.
 *
 * KEYS[1] partition
 * ARGV[2] run id   ARGV[3] id of the signal   ARGV[4] the signal, as JSON
 * ARGV[5] nonce of the call, so that one that is sent again is told that it was the one
 *
 * <base>:signals:<id> is a list of "<time> <JSON>", <base>:signal-ids:<id> a hash of nonces by id of signal.
 *
 * Answers what `sendSignal` does.
 */
export const sendSignalScript = defineScript(
  "send-signal",
  "refuse-oom",
  [TIME, RUNS, WRITING],
  String.raw`
local run = find(ARGV[2])
if not run then return 'unknown_run' end
local idsKey = base .. ':signal-ids:' .. run.id
-- Who sends again what the run took before it ended is told that it arrived.
local nonce = redis.call('HGET', idsKey, ARGV[3])
if nonce then return nonce == ARGV[5] and 'accepted' or 'duplicate' end
if run.phase == 'ended' then return 'ended' end
local at = timeIn(run)
redis.call('HSET', idsKey, ARGV[3], ARGV[5])
redis.call('RPUSH', base .. ':signals:' .. run.id, text(at) .. ' ' .. ARGV[4])
set(run, 'signals', run.signals + 1)
set(run, 'updatedAt', at)
if run.phase == 'parked' then
  move(run, 'ready')
  tellQueues()
end
save(run)
tellRun(run)
return 'accepted'
`,
);
