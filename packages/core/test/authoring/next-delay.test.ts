// Invariants of next-delay.ts: 1 attempts count failures, 2 what the error says goes before the policy.
import { describe, expect, test } from "vitest";
import { AlderError } from "../../src/errors/alder-error.ts";
import { StepError } from "../../src/errors/error-data.ts";
import { NonRetryableError, RetryAfterError } from "../../src/index.ts";
import { nextDelay } from "../../src/authoring/next-delay.ts";
import type { RetryPolicy } from "../../src/authoring/policy.ts";

const NOW = Date.UTC(2030, 0, 1);
const plain = new Error("connection reset");

/** The delays after each failure until it gives up. */
function delays(policy: RetryPolicy, random = 0): number[] {
  const found: number[] = [];
  for (let failures = 1; ; failures++) {
    const delay = nextDelay(policy, failures, plain, () => random, NOW);
    if (delay === "give_up") return found;
    found.push(delay);
  }
}

function adviceOf(error: unknown): number | "give_up" {
  return nextDelay({ attempts: 3, initial: 7, jitter: false }, 1, error, () => 0, NOW);
}

describe("the policy", () => {
  test.each<[RetryPolicy, number[]]>([
    [{ attempts: 1 }, []],
    [{ attempts: 4 }, [1000, 2000, 4000]],
    [{ attempts: 4, backoff: "constant", initial: "2s" }, [2000, 2000, 2000]],
    [{ attempts: 4, backoff: "linear", initial: 500 }, [500, 1000, 1500]],
    [{ attempts: 5, initial: "1s", max: "3s" }, [1000, 2000, 3000, 3000]],
    [{ attempts: 3, initial: "10s", max: "1s" }, [1000, 1000]],
    [{ attempts: 3, initial: 0 }, [0, 0]],
  ])("%j waits %j", (policy, expected) => {
    expect(delays(policy)).toEqual(expected);
  });

  test("stays within its longest delay however often it has failed", () => {
    expect(nextDelay({ attempts: 5000 }, 4000, plain, () => 0, NOW)).toBe(60_000);
  });

  test("of no delay has none, however often it has failed", () => {
    expect(nextDelay({ attempts: 5000, initial: 0 }, 2000, plain, () => 0, NOW)).toBe(0);
  });

  test("leaves a part of the delay to chance", () => {
    expect(delays({ attempts: 3 }, 0.5)).toEqual([900, 1800]);
    expect(delays({ attempts: 3, jitter: true }, 0.5)).toEqual([500, 1000]);
    expect(delays({ attempts: 3, jitter: 1 }, 0.999)).toEqual([1, 2]);
    expect(delays({ attempts: 3, jitter: false }, 0.5)).toEqual([1000, 2000]);
  });

  test("without one there is no second attempt", () => {
    expect(nextDelay(undefined, 1, plain, () => 0)).toBe("give_up");
  });
});

describe("errors of ours", () => {
  test("that will not go away end the attempts", () => {
    expect(adviceOf(new NonRetryableError("no such account"))).toBe("give_up");
    for (const code of ["invalid_input", "not_json", "bad_schema"]) {
      expect(adviceOf(new AlderError(code, "x"))).toBe("give_up");
    }
    expect(adviceOf(new AlderError("timeout", "x"))).toBe(7);
    expect(adviceOf(new AlderError("invalid_output", "a model may do better next time"))).toBe(7);
  });

  test("travel up from an inner step, and from inside a wrapper", () => {
    const data = { name: "NonRetryableError", message: "x", code: "non_retryable", step: "Inner" };
    expect(adviceOf(new StepError(data, "id"))).toBe("give_up");
    expect(adviceOf(new Error("x", { cause: new NonRetryableError("y") }))).toBe("give_up");
  });

  test("say when", () => {
    expect(adviceOf(new RetryAfterError("busy", "2m"))).toBe(120_000);
    expect(nextDelay({ attempts: 2 }, 2, new RetryAfterError("busy", "2m"), () => 0)).toBe("give_up");
    expect(() => new RetryAfterError("busy", "a while" as "1s")).toThrow(
      expect.objectContaining({ code: "bad_duration" }),
    );
  });
});

describe("errors of providers' SDKs", () => {
  const withHeaders = (headers: unknown): unknown =>
    Object.assign(new Error("429"), { status: 429, headers });

  test.each<[string, unknown, number]>([
    ["seconds", { "retry-after": "3" }, 3000],
    ["part of a second", { "retry-after": "0.25" }, 250],
    ["zero", { "retry-after": "0" }, 0],
    ["a date", { "retry-after": "Tue, 01 Jan 2030 00:00:05 GMT" }, 5000],
    ["a date in the past", { "retry-after": "Mon, 31 Dec 2029 00:00:00 GMT" }, 0],
    ["milliseconds", { "retry-after-ms": "120", "retry-after": "3" }, 120],
    ["any case", { "Retry-After": "3" }, 3000],
    ["a list", { "retry-after": ["3"] }, 3000],
    ["a number", { "retry-after": 3 }, 3000],
    ["nonsense", { "retry-after": "soon" }, 7],
    ["a negative number", { "retry-after": "-3" }, 7],
    ["nothing", {}, 7],
  ])("Retry-After as %s", (_name, headers, expected) => {
    expect(adviceOf(withHeaders(headers))).toBe(expected);
    expect(adviceOf(Object.assign(new Error("429"), { statusCode: 429, responseHeaders: headers }))).toBe(
      expected,
    );
    expect(adviceOf(Object.assign(new Error("429"), { response: { status: 429, headers } }))).toBe(expected);
  });

  test("Retry-After in a Headers object", () => {
    expect(adviceOf(withHeaders(new Headers({ "Retry-After": "3" })))).toBe(3000);
  });

  test("Retry-After of the last of an SDK's own tries", () => {
    expect(
      adviceOf(Object.assign(new Error("3 attempts"), { lastError: withHeaders({ "retry-after": "3" }) })),
    ).toBe(3000);
  });

  test("an answer that says the request is wrong ends the attempts", () => {
    for (const status of [400, 401, 403, 404, 422]) {
      expect(adviceOf(Object.assign(new Error("x"), { status, headers: {} }))).toBe("give_up");
    }
    for (const status of [408, 409, 423, 425, 429, 500, 503]) {
      expect(adviceOf(Object.assign(new Error("x"), { status, headers: {} }))).toBe(7);
    }
  });

  test("a status without an answer around it says nothing", () => {
    expect(adviceOf(Object.assign(new Error("x"), { status: 404 }))).toBe(7);
  });

  test("the SDK's word goes before the status, and the server's before ours", () => {
    expect(adviceOf(Object.assign(new Error("x"), { isRetryable: false }))).toBe("give_up");
    expect(
      adviceOf(Object.assign(new Error("x"), { isRetryable: true, statusCode: 404, responseHeaders: {} })),
    ).toBe(7);
    const answer = (status: number, should: string): unknown =>
      Object.assign(new Error("x"), { status, headers: { "x-should-retry": should } });
    expect(adviceOf(answer(404, "true"))).toBe(7);
    expect(adviceOf(answer(503, "false"))).toBe("give_up");
  });

  test("an error that is its own cause does no harm", () => {
    const loop = new Error("x");
    loop.cause = loop;
    expect(adviceOf(loop)).toBe(7);
  });

  test.each([undefined, null, "text", 42])("%s was thrown", (thrown) => {
    expect(adviceOf(thrown)).toBe(7);
  });
});
