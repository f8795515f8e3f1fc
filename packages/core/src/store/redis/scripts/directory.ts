/**
 * What is known of all partitions together. It is kept in the first one.
 *
 * KEYS[1] the first partition
 */
import { TIME } from "./parts.ts";
import { defineScript } from "./script.ts";

/**
 * ARGV[2] the format of what is stored   ARGV[3] how many partitions there must be at least
 *
 * Answers {format, number of partitions}, as they are from now on.
 */
export const openScript = defineScript(
  "open",
  "allow-oom",
  [],
  String.raw`
local formatKey, partitionsKey = KEYS[1] .. ':format', KEYS[1] .. ':partitions'
local format = redis.call('GET', formatKey)
if not format then
  format = ARGV[2]
  redis.call('SET', formatKey, format)
end
local partitions = tonumber(redis.call('GET', partitionsKey) or '0')
if partitions < tonumber(ARGV[3]) and format == ARGV[2] then
  partitions = tonumber(ARGV[3])
  redis.call('SET', partitionsKey, partitions)
end
return { format, partitions }
`,
);

/** Answers {id, "<time> <JSON>" …} of the workers whose presence has not expired. */
export const listWorkersScript = defineScript(
  "list-workers",
  "no-writes",
  [TIME],
  String.raw`
local answer = {}
for _, id in ipairs(redis.call('ZRANGE', base .. ':presences', '(' .. text(now), '+inf', 'BYSCORE')) do
  answer[#answer + 1] = id
  answer[#answer + 1] = redis.call('HGET', base .. ':workers', id)
end
return answer
`,
);

/** ARGV[2] worker. Ends its presence. */
export const forgetWorkerScript = defineScript(
  "forget-worker",
  "allow-oom",
  [],
  String.raw`
redis.call('ZREM', KEYS[1] .. ':presences', ARGV[2])
redis.call('HDEL', KEYS[1] .. ':workers', ARGV[2])
return 1
`,
);

/** ARGV[2], ARGV[3] … name and JSON of each manifest. */
export const publishManifestsScript = defineScript(
  "publish-manifests",
  "refuse-oom",
  [],
  String.raw`
for index = 2, #ARGV, 2 do redis.call('HSET', KEYS[1] .. ':manifests', ARGV[index], ARGV[index + 1]) end
return 1
`,
);

/** A write that changes nothing: refused where Redis may not be written, or has no memory left. Answers the time. */
export const pingScript = defineScript("ping", "refuse-oom", [TIME], "return now");

/** Answers the time, from any server that can be reached. */
export const nowScript = defineScript("now", "no-writes", [TIME], "return now");
