import { expect, test } from "vitest";
import type { Call, CallReport } from "../../shared/model-server/call-log.ts";
import { toProof } from "../src/proof.ts";

const call = (key: string, outcome: Call["outcome"] = "answered"): Call => ({
  id: "call-1",
  kind: "summary",
  subject: "a",
  key,
  at: 1,
  endedAt: 2,
  outcome,
  text: "",
});

const report = (calls: readonly Call[], byOutcome: CallReport["byOutcome"] = {}): CallReport => ({
  total: calls.length,
  inFlight: 0,
  byKind: {},
  byOutcome,
  tokens: 0,
  calls,
});

test("calls that were refused or left are no answers: each step was answered once", () => {
  const a = report([call("one", "rate_limit"), call("one"), call("two", "left")], {
    answered: 1,
    rate_limit: 1,
    left: 1,
  });
  const proof = toProof({ a, b: report([call("two")], { answered: 1 }) });
  expect(proof).toContain("2 calls were answered for 2 steps: no step twice.");
  expect(proof).toContain("A: 1 answered, 1 refused with 429, 1 left by a worker that died or gave up");
});

test("a step that was answered twice is counted, whoever answered", () => {
  const proof = toProof({ a: report([call("one"), call("two")]), b: report([call("one")]) });
  expect(proof).toContain("3 calls were answered for 2 steps: 1 of them again");
  expect(proof).toContain("B: not asked");
});
