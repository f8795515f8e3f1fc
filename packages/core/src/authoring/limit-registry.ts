/**
 * The limits that this process has defined: a key has one definition, or two components would count by different numbers.
 * On `globalThis`, so that a bundler that loads the package twice has one registry.
 */
import { AlderError } from "../errors/alder-error.ts";
import { canonicalJson } from "../internal/canonical-json.ts";
import type { Limit } from "./limit.ts";

interface Registered {
  readonly numbers: string;
  readonly where: string;
}

const SLOT = Symbol.for("alder.limits.1");

/** Keys may be made of ids of customers: the oldest are forgotten. */
const MAX_KEYS = 10_000;

/** The limit itself. `where` names who defines it. Throws `limit_conflict`. */
export function registerLimit(limit: Limit, where: string): Limit {
  const { key } = limit;
  const known = registered();
  const numbers = canonicalJson(limit.numbers, where);
  const before = known.get(key);
  if (before === undefined) {
    if (known.size >= MAX_KEYS) known.delete(known.keys().next().value ?? "");
    known.set(key, { numbers, where });
  } else if (before.numbers !== numbers) throw conflict(key, { numbers, where }, before);
  return limit;
}

function registered(): Map<string, Registered> {
  return ((globalThis as { [SLOT]?: Map<string, Registered> })[SLOT] ??= new Map());
}

function conflict(key: string, now: Registered, before: Registered): AlderError {
  return new AlderError(
    "limit_conflict",
    `${now.where}: limit ${JSON.stringify(key)} is ${now.numbers} here, and ${before.numbers} in ${before.where}. ` +
      "A key has one definition: write it once, const limit = { key, … }, and give it to both, or use two keys",
    { details: { key } },
  );
}
