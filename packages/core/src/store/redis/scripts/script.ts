/**
 * Scripts that Redis executes: one file for each transition, its source a template string.
 *
 * They are strings and not files beside the code, so that they are there wherever the code is: from sources, from
 * `dist`, and in a bundle, where a path relative to a module leads nowhere.
 *
 * 1. A script takes one key, `KEYS[1]`: the name of a partition, such as `alder:{p3}`. Every key it touches and every
 *    channel it publishes to begins with it, so all are in one slot of a cluster. The name itself holds no value.
 * 2. `ARGV[1]` is store time in milliseconds, in tests; empty otherwise, and Redis says what time it is.
 * 3. A script decides before it writes: what was written before an error would stay. What could fail for want of memory
 *    is refused by Redis before the script begins.
 */
import { createHash } from "node:crypto";

export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

/**
 * `allow-oom`: also when Redis has no memory left, as it helps to get out of that. `no-writes`: reads only. `refuse-oom`:
 * not when there is none left.
 */
type ScriptKind = "allow-oom" | "no-writes" | "refuse-oom";

/** `parts` are put before the body, each once, in order. */
export function defineScript(name: string, kind: ScriptKind, parts: readonly string[], body: string): Script {
  const flags = kind === "refuse-oom" ? "" : ` flags=${kind}`;
  const lua = [`#!lua${flags}`, ...parts, body].join("\n");
  return { name, lua, sha: createHash("sha1").update(lua).digest("hex") };
}
