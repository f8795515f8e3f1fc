// A limit is checked where it is written, and a key has one definition in a process.
import { describe, expect, test } from "vitest";
import { component, type LimitPolicy } from "../../src/index.ts";
import { definitionOf } from "../../src/authoring/definition.ts";

const Draft = component("Draft", async () => 1);
let keys = 0;
const freshKey = (): string => `key ${++keys}`;

const refusal = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

test("a limit makes a new component and leaves the old one as it was", () => {
  const Limited = Draft.limit({
    key: "whole",
    concurrency: 20,
    rate: "500/1m",
    tokens: "200000/1m",
    burst: 10,
    breaker: { failures: 5, within: "30s", open: "1m" },
  });
  expect(definitionOf(Draft)?.policies).toEqual({});
  expect(definitionOf(Limited)?.policies.limits).toEqual([
    {
      key: "whole",
      numbers: {
        concurrency: 20,
        rate: { count: 500, periodMs: 60_000 },
        tokens: { count: 200_000, periodMs: 60_000 },
        burst: 10,
        breaker: { failures: 5, withinMs: 30_000, openMs: 60_000 },
      },
    },
  ]);
});

test("several add up, each key once, in the order in which permits are taken", () => {
  const [second, first] = [freshKey(), freshKey()].toSorted().toReversed() as [string, string];
  const Limited = Draft.limit({ key: second, concurrency: 2 })
    .limit({ key: first, concurrency: 1 })
    .limit({ key: second, concurrency: 2 });
  expect(definitionOf(Limited)?.policies.limits?.map(({ key }) => key)).toEqual([first, second]);
});

describe("is refused at once, with the component and the field", () => {
  const refused: readonly [string, object, string, RegExp][] = [
    ["no key", { concurrency: 1 }, "bad_policy", /^Draft\.limit\(\): "key" is undefined/],
    ["an empty key", { key: "", concurrency: 1 }, "bad_policy", /"key" is ""/],
    ["a key without end", { key: "k".repeat(201), concurrency: 1 }, "bad_policy", /at most 200 characters/],
    ["nothing to limit", { key: "k" }, "bad_policy", /limits nothing.*concurrency, rate, tokens, breaker/],
    ["concurrency of nothing", { key: "k", concurrency: 0 }, "bad_policy", /"concurrency" is 0/],
    ["half a step", { key: "k", concurrency: 1.5 }, "bad_policy", /"concurrency" is 1.5/],
    ["a rate that does not parse", { key: "k", rate: "500/m" }, "bad_rate", /field "rate": "500\/m"/],
    ["a rate of nothing", { key: "k", rate: "0/1m" }, "bad_rate", /field "rate": "0\/1m"/],
    ["tokens in no time", { key: "k", tokens: "5/0s" }, "bad_rate", /field "tokens": "5\/0s"/],
    ["a burst without a rate", { key: "k", concurrency: 1, burst: 1 }, "bad_policy", /"burst" is 1/],
    ["a burst of more than all", { key: "k", rate: "5/1s", burst: 6 }, "bad_policy", /"burst" is 6/],
    ["a burst of nothing", { key: "k", rate: "5/1s", burst: 0 }, "bad_policy", /"burst" is 0/],
    ["an unknown field", { key: "k", per: "1m" }, "bad_policy", /no field "per"/],
    ["no object", [{ key: "k" }], "bad_policy", /no field "0"/],
    [
      "a breaker without time",
      { key: "k", breaker: { failures: 1, within: "1s" } },
      "bad_duration",
      /"breaker\.open"/,
    ],
    [
      "a breaker of no time",
      { key: "k", breaker: { failures: 1, within: 0, open: 1 } },
      "bad_policy",
      /"breaker\.within" is 0/,
    ],
    [
      "a breaker of no failure",
      { key: "k", breaker: { failures: 0, within: 1, open: 1 } },
      "bad_policy",
      /"breaker\.failures" is 0/,
    ],
    [
      "an unknown field of a breaker",
      { key: "k", breaker: { after: 1 } },
      "bad_policy",
      /field "breaker" has no field "after"/,
    ],
  ];
  test.each(refused)("%s", (_, policy, code, message) => {
    expect(() => Draft.limit(policy as LimitPolicy)).toThrow(refusal(code, message));
  });
});

describe("one definition of a key in a process", () => {
  test("the same numbers are the same limit, in any order and unit", () => {
    const key = freshKey();
    Draft.limit({ key, concurrency: 2, rate: "60/1m" });
    const Other = component("Other", async () => 1).limit({ rate: "60/60s", concurrency: 2, key });
    expect(definitionOf(Other)?.policies.limits).toHaveLength(1);
  });

  test("other numbers are a conflict that names both", () => {
    const key = freshKey();
    Draft.limit({ key, concurrency: 2 });
    const Other = component("Other", async () => 1);
    expect(() => Other.limit({ key, concurrency: 3 })).toThrow(
      refusal(
        "limit_conflict",
        /^Other\.limit\(\): limit "key \d+" is {"concurrency":3} here, and {"concurrency":2} in Draft\.limit\(\)/,
      ),
    );
    // The first one holds.
    Other.limit({ key, concurrency: 2 });
  });
});
