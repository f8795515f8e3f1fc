/** A limit is checked where it is written, and is the only one of its key. */
import { AlderError } from "../errors/alder-error.ts";
import { parseDuration } from "../internal/duration.ts";
import { parseRate } from "../internal/rate.ts";
import type { LimitNumbers } from "../store/limits.ts";
import { badPolicy, checkFields } from "./check-policy.ts";
import type { BreakerPolicy, Limit, LimitPolicy } from "./limit.ts";
import { registerLimit } from "./limit-registry.ts";

const LIMITING = ["concurrency", "rate", "tokens", "breaker"];
const LIMIT_FIELDS = ["key", ...LIMITING, "burst"];
const BREAKER_FIELDS = ["failures", "within", "open"];
const MAX_KEY_LENGTH = 200;

/** `where` names who defines it. Throws `bad_policy`, `bad_rate`, `bad_duration` and `limit_conflict`. */
export function toLimit(policy: LimitPolicy, where: string): Limit {
  checkFields(policy, LIMIT_FIELDS, where);
  const { key, concurrency, rate, tokens, burst, breaker } = policy;
  if (typeof key !== "string" || key === "" || key.length > MAX_KEY_LENGTH) {
    throw badPolicy(
      where,
      "key",
      key,
      `text that names what is limited, at most ${MAX_KEY_LENGTH} characters`,
    );
  }
  if (concurrency !== undefined) checkCount(concurrency, where, "concurrency", "of steps, from 1");
  const numbers: LimitNumbers = {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined ? {} : { rate: parseRate(rate, `${where}, field "rate"`) }),
    ...(tokens === undefined ? {} : { tokens: parseRate(tokens, `${where}, field "tokens"`) }),
    ...(breaker === undefined ? {} : { breaker: toBreaker(breaker, where) }),
  };
  if (Object.keys(numbers).length === 0) {
    throw new AlderError("bad_policy", `${where} limits nothing: give one of ${LIMITING.join(", ")}`);
  }
  if (burst === undefined) return registerLimit({ key, numbers }, where);
  checkBurst(burst, numbers, where);
  return registerLimit({ key, numbers: { ...numbers, burst } }, where);
}

function toBreaker(breaker: BreakerPolicy, where: string): NonNullable<LimitNumbers["breaker"]> {
  checkFields(breaker, BREAKER_FIELDS, `${where}, field "breaker"`);
  const { failures } = breaker;
  checkCount(failures, where, "breaker.failures", "of failures, from 1");
  const longer = (field: "within" | "open"): number => {
    const ms = parseDuration(breaker[field], `${where}, field "breaker.${field}"`);
    if (ms > 0) return ms;
    throw badPolicy(where, `breaker.${field}`, breaker[field], "a duration longer than nothing");
  };
  return { failures, withinMs: longer("within"), openMs: longer("open") };
}

function checkCount(value: number, where: string, field: string, what: string): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw badPolicy(where, field, value, `a whole number ${what}`);
}

function checkBurst(burst: number, { rate }: LimitNumbers, where: string): void {
  if (rate !== undefined && Number.isSafeInteger(burst) && burst >= 1 && burst <= rate.count) return;
  const expected = "a whole number from 1, not more than the count of the rate that is given with it";
  throw badPolicy(where, "burst", burst, expected);
}
