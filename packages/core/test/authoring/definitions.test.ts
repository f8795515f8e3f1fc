// What `component` and `workflow` leave behind, and what they refuse at once.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { component, NonRetryableError, workflow } from "../../src/index.ts";
import { definitionOf } from "../../src/authoring/definition.ts";

const refusal = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("component", () => {
  test("leaves a definition behind", () => {
    const input = z.object({ topic: z.string() });
    const body = async ({ topic }: { topic: string }): Promise<string> => topic;
    const Research = component("Research", { input }, body);
    expect(definitionOf(Research)).toEqual({
      kind: "component",
      name: "Research",
      body,
      isAsync: true,
      input,
      output: undefined,
      signals: {},
      streams: {},
      policies: {},
      contexts: [],
    });
    expect(Research.name).toBe("Research");
  });

  test("a policy makes a new component and leaves the old one as it was", () => {
    const plain = component("Research", async () => 1);
    const patient = plain.retry({ attempts: 3 }).timeout("2m");
    expect(patient).not.toBe(plain);
    expect(definitionOf(plain)?.policies).toEqual({});
    expect(definitionOf(patient)?.policies).toEqual({ retry: { attempts: 3 }, timeout: { attempt: "2m" } });
    expect(definitionOf(patient.retry({ attempts: 5 }))?.policies).toEqual({
      retry: { attempts: 5 },
      timeout: { attempt: "2m" },
    });
    expect(patient.name).toBe("Research");
  });

  test("a policy cannot be changed behind its component's back", () => {
    const policy = { attempts: 3 };
    const patient = component("Research", async () => 1).retry(policy);
    policy.attempts = 0;
    expect(definitionOf(patient)?.policies.retry).toEqual({ attempts: 3 });
  });
});

describe("workflow", () => {
  test("knows an async body from a render body", () => {
    expect(definitionOf(workflow("rendered", () => null))).toMatchObject({
      kind: "workflow",
      isAsync: false,
    });
    expect(definitionOf(workflow("async", async () => null))).toMatchObject({
      kind: "workflow",
      isAsync: true,
    });
  });

  test("keeps its schemas", () => {
    const signals = { approve: z.object({ ok: z.boolean() }) };
    const streams = { outline: z.array(z.string()) };
    const Article = workflow("article", { input: z.object({}), signals, streams }, () => null);
    expect(definitionOf(Article)).toMatchObject({ signals, streams });
  });
});

describe("names", () => {
  test.each(["Research", "write-section", "a", "Step_2"])("%s is one", (name) => {
    expect(component(name, async () => 1).name).toBe(name);
    expect(workflow(name, () => 1).name).toBe(name);
  });

  test.each(["", "2nd", "a b", "a/b", "-a", "ä", "a.b", "x".repeat(101), "Sleep", "WaitFor"])(
    "%s is none",
    (name) => {
      expect(() => component(name, async () => 1)).toThrow(expect.objectContaining({ code: "bad_name" }));
      expect(() => workflow(name, () => 1)).toThrow(expect.objectContaining({ code: "bad_name" }));
    },
  );

  test("a missing one is said to be missing", () => {
    const anyComponent = component as (...rest: unknown[]) => unknown;
    expect(() => anyComponent(async () => 1)).toThrow(
      refusal("bad_name", /takes the name first.*given function/),
    );
    expect(() => anyComponent({ name: "x" }, async () => 1)).toThrow(refusal("bad_name", /given object/));
  });
});

describe("bodies", () => {
  const anyComponent = component as (...rest: unknown[]) => unknown;
  const anyWorkflow = workflow as (...rest: unknown[]) => unknown;

  test("are required", () => {
    expect(() => anyComponent("Research")).toThrow(refusal("bad_body", /component "Research"/));
    expect(() => anyComponent("Research", {}, "work")).toThrow(refusal("bad_body", /component "Research"/));
    expect(() => anyWorkflow("article", { input: z.object({}) })).toThrow(
      refusal("bad_body", /workflow "article"/),
    );
  });

  test("of workflows do not yield", () => {
    const message = /workflow "article" has a generator/;
    expect(() => anyWorkflow("article", function* () {})).toThrow(refusal("bad_body", message));
    expect(() => anyWorkflow("article", async function* () {})).toThrow(refusal("bad_body", message));
  });
});

describe("policies", () => {
  const Research = component("Research", async () => 1);
  const retry = Research.retry.bind(Research) as (policy: unknown) => unknown;
  const timeout = Research.timeout.bind(Research) as (policy: unknown) => unknown;

  test.each([
    [{ attempts: 0 }, "attempts"],
    [{ attempts: 1.5 }, "attempts"],
    [{}, "attempts"],
    [{ attempts: 2, backoff: "fixed" }, "backoff"],
    [{ attempts: 2, jitter: 2 }, "jitter"],
    [{ attempts: 2, jitter: Number.NaN }, "jitter"],
    [{ attempts: 2, delay: "1s" }, "delay"],
  ])("%j is refused for its field", (policy, field) => {
    expect(() => retry(policy)).toThrow(
      expect.objectContaining({
        code: "bad_policy",
        message: expect.stringMatching(new RegExp(`^Research\\.retry\\(\\).*"${field}"`)),
        details: { field },
      }),
    );
  });

  test("bad durations are refused with the component's name", () => {
    expect(() => retry({ attempts: 2, initial: "1 s" })).toThrow(
      refusal("bad_duration", /^Research\.retry\(\).*"initial"/),
    );
    expect(() => retry({ attempts: 2, max: -1 })).toThrow(
      refusal("bad_duration", /^Research\.retry\(\).*"max"/),
    );
    expect(() => timeout("soon")).toThrow(refusal("bad_duration", /^Research\.timeout\(\)/));
    expect(() => timeout({ attempt: undefined })).toThrow(refusal("bad_policy", /^Research\.timeout\(\)/));
  });

  const cache = Research.cache.bind(Research) as (policy: unknown) => unknown;

  test("a cache is for a tenant and of no version, unless it says so", () => {
    const ruleOf = (policy: unknown): unknown => definitionOf(cache(policy))?.policies.cache;
    expect(ruleOf("1d")).toEqual({ ttlMs: 86_400_000, scope: "tenant", version: "" });
    expect(ruleOf(1500)).toEqual({ ttlMs: 1500, scope: "tenant", version: "" });
    const given = { ttl: "2h", scope: "global", version: 3 };
    expect(ruleOf(given)).toEqual({ ttlMs: 7_200_000, scope: "global", version: "3" });
  });

  test.each([
    [{ ttl: "1d", scope: "user" }, "scope"],
    [{ ttl: "1d", version: {} }, "version"],
    [{ ttl: "1d", version: Number.NaN }, "version"],
    [{ ttl: 0 }, "ttl"],
    [{ ttl: "1d", key: "x" }, "key"],
  ])("cache %j is refused for its field", (policy, field) => {
    expect(() => cache(policy)).toThrow(
      expect.objectContaining({
        code: "bad_policy",
        message: expect.stringMatching(new RegExp(`^Research\\.cache\\(\\).*"${field}"`)),
        details: { field },
      }),
    );
  });

  test.each([undefined, "1 day", {}, { ttl: -1 }, { ttl: "soon" }])("a cache for %j is refused", (policy) => {
    expect(() => cache(policy)).toThrow(refusal("bad_duration", /^Research\.cache\(\), field "ttl"/));
  });

  test("a call can say nothing else of the cache than that it does without it, or makes it anew", () => {
    const Cached = Research.cache("1d");
    for (const given of [true, "no", null, {}]) {
      expect(() => Cached.run({}, { cache: given as never })).toThrow(
        refusal("bad_call", /^Research\.run\(\): "cache" is/),
      );
    }
  });

  test("what is no policy at all is refused", () => {
    expect(() => cache(null)).toThrow(refusal("bad_policy", /Research\.cache\(\) takes an object/));
    expect(() => retry(3)).toThrow(refusal("bad_policy", /Research\.retry\(\) takes an object/));
    expect(() => timeout({ perAttempt: "2m" })).toThrow(refusal("bad_policy", /no field "perAttempt"/));
    expect(() => timeout(0)).toThrow(refusal("bad_policy", /longer than nothing/));
  });
});

test("fallbacks are kept in the order in which they are given", () => {
  const Small = component("Small", async ({ q }: { q: string }) => q);
  const none = () => null;
  const Big = component("Big", async ({ q }: { q: string }) => q)
    .fallback(Small)
    .fallback(none);
  expect(definitionOf(Big.retry({ attempts: 2 }))?.policies.fallbacks).toEqual([
    { to: "Small", definition: definitionOf(Small) },
    { to: null, make: none },
  ]);
});

describe("a budget", () => {
  const budget = (given: unknown) => () => workflow("article", { budget: given as never }, () => null);

  test("is kept with where it warns", () => {
    expect(definitionOf(budget({ tokens: 10 })())?.policies).toEqual({ budget: { tokens: 10, warnAt: 0.8 } });
  });

  test.each<[unknown, RegExp]>([
    [5, /takes an object/],
    [{}, /limits nothing/],
    [{ warnAt: 0.5 }, /limits nothing/],
    [{ tokens: 0 }, /"tokens" is 0, but must be a number above 0/],
    [{ cost: "1" }, /"cost" is "1"/],
    [{ cost: Number.POSITIVE_INFINITY }, /"cost" is Infinity/],
    [{ tokens: 1, warnAt: 80 }, /"warnAt" is 80/],
    [{ tokens: 1, euros: 1 }, /no field "euros"/],
  ])("of %j is refused", (given, message) => {
    expect(budget(given)).toThrow(refusal("bad_policy", message));
    expect(budget(given)).toThrow(/^workflow "article": "budget"/);
  });
});

test("errors of ours are recognised by their code", () => {
  expect(new NonRetryableError("no such account", { cause: "x" })).toMatchObject({
    name: "NonRetryableError",
    code: "non_retryable",
    message: "no such account",
    cause: "x",
  });
});
