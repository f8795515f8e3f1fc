import { AlderError } from "../errors/alder-error.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";
import type { CachePolicy, CacheRule, ComponentCallOptions } from "./cache.ts";
import { badPolicy, checkFields } from "./check-policy.ts";
import type { Definition } from "./definition.ts";

const FIELDS = ["ttl", "scope", "version"];
const SCOPES: readonly unknown[] = ["run", "tenant", "global"];

/** Throws `bad_policy` and `bad_duration`. */
export function toCacheRule(given: Duration | CachePolicy, name: string): CacheRule {
  const where = `${name}.cache()`;
  const policy: CachePolicy = typeof given === "object" ? given : { ttl: given };
  checkFields(policy, FIELDS, where);
  const { ttl, scope = "tenant", version = "" } = policy;
  const ttlMs = parseDuration(ttl, `${where}, field "ttl"`);
  if (ttlMs < 1) throw badPolicy(where, "ttl", ttl, "a duration longer than nothing");
  if (!SCOPES.includes(scope)) throw badPolicy(where, "scope", scope, `"run", "tenant" or "global"`);
  if (typeof version !== "string" && !Number.isFinite(version)) {
    throw badPolicy(where, "version", version, "text or a number");
  }
  return Object.freeze({ ttlMs: Math.ceil(ttlMs), scope, version: String(version) });
}

/** What a call executes that says so about the cache; the same definition every time. Throws `bad_call`. */
export function createCallVariants(
  definition: Definition,
): (cache: ComponentCallOptions["cache"]) => Definition {
  const { name, policies } = definition;
  let uncached: Definition | undefined;
  let refreshing: Definition | undefined;
  return (cache) => {
    if (cache === undefined) return definition;
    if (cache !== false && cache !== "refresh") {
      const given: unknown = cache;
      throw new AlderError(
        "bad_call",
        `${name}.run(): "cache" is ${JSON.stringify(given) ?? typeof given}, but must be false or "refresh"`,
      );
    }
    if (policies.cache === undefined) return definition;
    if (cache === "refresh") {
      const rule: CacheRule = { ...policies.cache, isRefresh: true };
      return (refreshing ??= { ...definition, policies: { ...policies, cache: rule } });
    }
    const { cache: _, ...others } = policies;
    return (uncached ??= { ...definition, policies: others });
  };
}
