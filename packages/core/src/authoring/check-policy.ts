/** Policies are checked where they are written, not when they are needed. */
import { AlderError } from "../errors/alder-error.ts";
import { type Duration, parseDuration } from "../internal/duration.ts";
import type { RetryPolicy, TimeoutPolicy } from "./policy.ts";

const BACKOFFS: readonly unknown[] = ["constant", "linear", "exponential"];
const TIMEOUT_FIELDS = ["attempt", "total", "idle"];
const RETRY_FIELDS = ["attempts", "backoff", "initial", "max", "jitter"];

/** Throws `bad_policy` and `bad_duration`. */
export function toRetryPolicy(policy: RetryPolicy, name: string): RetryPolicy {
  const where = `${name}.retry()`;
  checkFields(policy, RETRY_FIELDS, where);
  const { attempts, backoff, initial, max, jitter } = policy;
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw badPolicy(where, "attempts", attempts, "a whole number of tries, the first included, from 1");
  }
  if (backoff !== undefined && !BACKOFFS.includes(backoff)) {
    throw badPolicy(where, "backoff", backoff, `"constant", "linear" or "exponential"`);
  }
  if (initial !== undefined) parseDuration(initial, `${where}, field "initial"`);
  if (max !== undefined) parseDuration(max, `${where}, field "max"`);
  if (jitter !== undefined && typeof jitter !== "boolean" && !(jitter >= 0 && jitter <= 1)) {
    throw badPolicy(where, "jitter", jitter, "true, false, or a number from 0 to 1");
  }
  return Object.freeze({ ...policy });
}

/** Throws `bad_policy` and `bad_duration`. */
export function toTimeoutPolicy(timeout: Duration | TimeoutPolicy, name: string): TimeoutPolicy {
  const where = `${name}.timeout()`;
  if (typeof timeout !== "object") return checkTimeout({ attempt: timeout }, where);
  checkFields(timeout, TIMEOUT_FIELDS, where);
  return checkTimeout({ ...timeout }, where);
}

/** Milliseconds. Throws `bad_policy` and `bad_duration`. */
export function toExpectMs(duration: Duration, where: string): number {
  const ms = parseDuration(duration, where);
  if (ms > 0) return ms;
  throw new AlderError(
    "bad_policy",
    `${where} expects nothing to be done: give a duration longer than nothing`,
  );
}

function checkTimeout(policy: TimeoutPolicy, where: string): TimeoutPolicy {
  const fields = Object.entries(policy) as [string, Duration | undefined][];
  for (const [field, duration] of fields) {
    if (duration === undefined || parseDuration(duration, where) > 0) continue;
    throw badPolicy(where, field, duration, "a duration longer than nothing");
  }
  if (fields.every(([, duration]) => duration === undefined)) {
    throw new AlderError("bad_policy", `${where} limits nothing: give one of ${TIMEOUT_FIELDS.join(", ")}`);
  }
  return Object.freeze(policy);
}

export function checkFields(policy: unknown, known: readonly string[], where: string): void {
  if (typeof policy !== "object" || policy === null) {
    throw new AlderError(
      "bad_policy",
      `${where} takes an object with ${known.join(", ")}, not ${String(policy)}`,
    );
  }
  for (const field of Object.keys(policy)) {
    if (known.includes(field)) continue;
    throw new AlderError("bad_policy", `${where} has no field "${field}": it takes ${known.join(", ")}`, {
      details: { field },
    });
  }
}

export function badPolicy(where: string, field: string, value: unknown, expected: string): AlderError {
  const given = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new AlderError("bad_policy", `${where}: "${field}" is ${given}, but must be ${expected}`, {
    details: { field },
  });
}
