/**
 * A person, or a new build, lets a run go on that nobody would make ready by itself.
 *
 * KEYS[1] partition
 */
import { RUNS, TIME, WRITING } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * What a person decided is an entry of the journal, written with the change of the run. Needs WRITING.
 *
 *   ARGV[2] run id   ARGV[3] nonce of the call, so that one that is sent again is told that it was the one
 */
const DECIDING = String.raw`
local run = find(ARGV[2])

-- Asked first: the run may have come back to where it was since.
local function wasThisCall() return redis.call('HGET', runKey(run.id), 'decision') == ARGV[3] end

local function requeue(reason)
  local event = '{"type":"run.queued","workflow":' .. cjson.encode(run.workflow) .. ',"reason":"' .. reason .. '"}'
  write(run, 0, timeIn(run), 'queued', '', { { event, '{"t":"' .. reason .. '"}' } })
  move(run, 'ready')
  set(run, 'decision', ARGV[3])
  save(run)
  tellRun(run)
  tellQueues()
  return reason
end
`;

/** Answers what `acceptRun` does. A run is blocked until somebody claims it, also once a new build has made it ready. */
export const acceptRunScript = defineScript(
  "accept-run",
  "refuse-oom",
  [TIME, RUNS, WRITING, DECIDING],
  String.raw`
if not run then return 'unknown_run' end
if wasThisCall() then return 'accepted' end
if run.status ~= 'blocked' then return 'not_blocked' end
return requeue('accepted')
`,
);

/** Answers what `retryRun` does. */
export const retryRunScript = defineScript(
  "retry-run",
  "refuse-oom",
  [TIME, RUNS, WRITING, DECIDING],
  String.raw`
if not run then return 'unknown_run' end
if wasThisCall() then return 'retried' end
if run.phase ~= 'ended' then return 'unfinished' end
if run.status == 'completed' then return 'completed' end
set(run, 'cancelRequested', false)
set(run, 'recoveries', 0)
set(run, 'lostFence', 0)
set(run, 'wasLost', false)
return requeue('retried')
`,
);

/** ARGV[2] … queues. Answers how many blocked runs of theirs were made ready. */
export const unblockRunsScript = defineScript(
  "unblock-runs",
  "allow-oom",
  [TIME, RUNS],
  String.raw`
local count = 0
for index = 2, #ARGV do
  for _, run in ipairs(findAll(redis.call('SMEMBERS', base .. ':blocked:' .. ARGV[index]))) do
    move(run, 'ready')
    save(run)
    count = count + 1
  end
end
if count > 0 then tellQueues() end
return count
`,
);
