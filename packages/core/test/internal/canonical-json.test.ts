import { isDeepStrictEqual } from "node:util";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, deepFreeze, freezeJson, toJson } from "../../src/internal/canonical-json.ts";

const write = (value: unknown): string => canonicalJson(value, "Draft: output");

/** JSON with what makes it hard: keys that look like indices, `__proto__`, lone surrogates, quotes, -0. */
const keys = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "10", "9", "", "a", "constructor"),
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('"', "\\", "\u0000", "\ud800", "\udc00x", "😀"),
    ),
    fc.array(tie("json")),
    fc.uniqueArray(fc.tuple(keys, tie("json")), { selector: ([key]) => key }).map(Object.fromEntries),
  ),
}));

describe("canonical JSON (invariant 1)", () => {
  test("is the same in whatever order properties were set", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, reversed(inner)]),
      );
    };
    fc.assert(
      fc.property(json, (value) => {
        expect(write(reversed(value))).toBe(write(value));
      }),
    );
  });

  test("is JSON of the same value", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isDeepStrictEqual(JSON.parse(write(value)), JSON.parse(JSON.stringify(value)))).toBe(true);
      }),
    );
  });

  test("differs for values that a replay would tell apart", () => {
    const normal = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(write(a) === write(b)).toBe(isDeepStrictEqual(normal(a), normal(b)));
      }),
    );
    // Two arbitrary values are rarely equal: these are.
    fc.assert(
      fc.property(json, (value) => {
        expect(write(normal(value))).toBe(write(value));
      }),
    );
  });

  test("is well-formed, so that its bytes tell values apart, too", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(Buffer.from(write(value)).toString()).toBe(write(value));
      }),
    );
    expect(Buffer.from(write(["\udc00", "\ud800", { "\udc01": 1 }])).toString()).not.toContain("\ufffd");
  });

  test("sorts keys by code unit, also those that look like indices", () => {
    expect(write({ b: 1, "10": 2, a: 3, "9": 4, B: 5 })).toBe('{"10":2,"9":4,"B":5,"a":3,"b":1}');
  });

  test("leaves undefined properties out and makes -0 a 0", () => {
    expect(write({ b: undefined, a: -0, c: undefined })).toBe('{"a":0}');
  });

  test("takes object literals of other realms and without prototype", () => {
    expect(write(runInNewContext("({ b: [1], a: {} })"))).toBe('{"a":{},"b":[1]}');
    expect(write(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  test("takes the same object in two places", () => {
    const shared = { a: 1 };
    expect(write([shared, { shared }])).toBe('[{"a":1},{"shared":{"a":1}}]');
  });
});

describe("toJson (invariant 3)", () => {
  test("gives what a replay would give", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isDeepStrictEqual(toJson(value, "x"), JSON.parse(JSON.stringify(value)))).toBe(true);
      }),
    );
  });

  test("makes undefined null, and drops undefined properties", () => {
    expect(toJson(undefined, "x")).toBeNull();
    expect(toJson({ a: undefined, b: -0 }, "x")).toStrictEqual({ b: 0 });
    expect(Object.is((toJson([-0], "x") as number[])[0], 0)).toBe(true);
  });

  test("shares nothing with its argument, and is frozen all the way down", () => {
    const value = { list: [{ a: 1 }] };
    const copy = toJson(value, "x") as typeof value;
    value.list[0]!.a = 2;
    expect(copy).toEqual({ list: [{ a: 1 }] });
    expect(() => (copy.list[0]!.a = 3)).toThrow(TypeError);
    expect(() => copy.list.push({ a: 3 })).toThrow(TypeError);
  });

  test("keeps __proto__ as a property like any other", () => {
    const parsed: unknown = JSON.parse('{"__proto__":{"admin":true}}');
    const copy = toJson(parsed, "x") as { admin?: boolean };
    expect(copy.admin).toBeUndefined();
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}');
  });

  test("takes what it gave, and what was frozen from a parser, as it is", () => {
    const copied = toJson({ a: [1] }, "x");
    const parsed = freezeJson(JSON.parse('{"b":[2]}'));
    expect(toJson(copied, "x")).toBe(copied);
    expect(toJson({ parsed }, "x")).toHaveProperty("parsed", parsed);
    expect((toJson({ parsed }, "x") as { parsed: unknown }).parsed).toBe(parsed);
    expect(Object.isFrozen((parsed as { b: unknown }).b)).toBe(true);
  });

  test("copies what was frozen by somebody else: it may still change below", () => {
    const inner = { a: 1 };
    const outer = Object.freeze({ inner });
    const copy = toJson(outer, "x");
    inner.a = 2;
    expect(copy).toEqual({ inner: { a: 1 } });
  });
});

describe("what is not JSON (invariant 2)", () => {
  class Money {
    amount = 1;
  }
  class Shelf extends Array<number> {}
  const cyclic: Record<string, unknown> = { name: "a" };
  cyclic["self"] = { back: [cyclic] };
  const element = { $$typeof: Symbol.for("react.transitional.element"), type: "a", props: {} };
  const refused: [string, unknown, string, string][] = [
    ["a Date", { items: [1, { at: new Date() }] }, "$.items[1].at", "a Date"],
    ["a function", { get: () => 1 }, "$.get", "a function"],
    ["a symbol", [Symbol("x")], "$[0]", "a symbol"],
    ["a bigint", { "due date": 1n }, '$["due date"]', "a bigint"],
    ["NaN", { a: Number.NaN }, "$.a", "NaN"],
    ["Infinity", [-Infinity], "$[0]", "-Infinity"],
    ["a class instance", { a: new Money() }, "$.a", "an instance of Money"],
    ["an array of a subclass", { a: Shelf.of(1) }, "$.a", "an instance of Shelf"],
    ["properties of a prototype", { a: Object.create(Object.create(null)) }, "$.a", "an instance of a class"],
    ["a Map", new Map(), "$", "a Map"],
    ["a Set", { a: new Set([1]) }, "$.a", "a Set"],
    ["an Error", { a: new TypeError("x") }, "$.a", "an Error"],
    ["a boxed string", { a: Object("x") }, "$.a", "an instance of String"],
    ["a React element", { a: element }, "$.a", "a React element"],
    ["a promise", { a: Promise.resolve(1) }, "$.a", "a pending call or promise"],
    ["undefined in an array", { a: [1, undefined] }, "$.a[1]", "undefined in an array"],
    // oxlint-disable-next-line no-sparse-arrays
    ["a hole", [1, , 2], "$[1]", "undefined in an array"],
    ["a cycle", cyclic, "$.self.back[0]", "a reference to an object around it"],
    ["an element of another realm's class", { a: runInNewContext("new Map()") }, "$.a", "an instance of Map"],
  ];

  test.each(refused)("%s is refused with its path", (_name, value, path, found) => {
    for (const convert of [canonicalJson, toJson]) {
      expect(() => convert(value, "Draft: output")).toThrow(
        expect.objectContaining({
          code: "not_json",
          message: expect.stringMatching(/^Draft: output is not JSON: at .* there is .*\. To fix it, .+\.$/),
          details: { path, found },
        }),
      );
    }
  });

  test("undefined at the top has no canonical JSON", () => {
    expect(() => write(undefined)).toThrow(expect.objectContaining({ code: "not_json" }));
  });

  test("nesting that would exhaust the stack is refused", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    for (const convert of [canonicalJson, toJson]) {
      expect(() => convert(deep, "x")).toThrow(expect.objectContaining({ code: "not_json" }));
    }
  });

  test("each property is read once", () => {
    let reads = 0;
    const value = {
      get a() {
        return ++reads;
      },
    };
    expect(write(value)).toBe('{"a":1}');
    expect(toJson(value, "x")).toEqual({ a: 2 });
  });
});

describe("deepFreeze", () => {
  test("leaves what codecs make usable", () => {
    const value = deepFreeze({ at: new Date(0), tags: new Set(["a"]), list: [{}] });
    value.at.setTime(1);
    value.tags.add("b");
    expect(value.tags.size).toBe(2);
    expect(Object.isFrozen(value.list[0])).toBe(true);
  });
});
