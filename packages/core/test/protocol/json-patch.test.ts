import { applyPatch, diffJson, hasCode, type Json, type PatchOperation } from "@alder/core/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

type Case = [string, Json, PatchOperation[], Json];

describe("applyPatch", () => {
  test.each<Case>([
    ["add", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    ["add over", { a: 1 }, [{ op: "add", path: "/a", value: 2 }], { a: 2 }],
    ["add to an array", [1, 3], [{ op: "add", path: "/1", value: 2 }], [1, 2, 3]],
    ["add to its end", [1], [{ op: "add", path: "/-", value: 2 }], [1, 2]],
    ["replace", { a: { b: null } }, [{ op: "replace", path: "/a/b", value: 2 }], { a: { b: 2 } }],
    ["replace all", 1, [{ op: "replace", path: "", value: 2 }], 2],
    ["remove", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    ["remove from an array", [1, 2], [{ op: "remove", path: "/0" }], [2]],
    ["append", { a: ["x"] }, [{ op: "append", path: "/a/0", value: "y" }], { a: ["xy"] }],
    ["escaped names", { "a/b~1": 1 }, [{ op: "replace", path: "/a~1b~01", value: 2 }], { "a/b~1": 2 }],
    ["an empty name", { "": 1 }, [{ op: "replace", path: "/", value: 2 }], { "": 2 }],
  ])("%s", (_, before, patch, after) => {
    const copy = structuredClone(before);
    expect(applyPatch(before, patch)).toStrictEqual(after);
    expect(before).toStrictEqual(copy);
  });

  test.each<[string, Json, PatchOperation]>([
    ["a prototype", {}, { op: "add", path: "/__proto__/x", value: 1 }],
    ["a prototype as the last name", {}, { op: "add", path: "/__proto__", value: 1 }],
    ["a constructor", {}, { op: "add", path: "/constructor/prototype/x", value: 1 }],
    ["a name that is inherited", {}, { op: "replace", path: "/toString", value: 1 }],
    ["what is not there", {}, { op: "remove", path: "/a" }],
    ["an index that is not there", [], { op: "replace", path: "/0", value: 1 }],
    ["an index that is none", [1], { op: "replace", path: "/01", value: 1 }],
    ["an index beyond the end", [], { op: "add", path: "/1", value: 1 }],
    ["into a number", { a: 1 }, { op: "add", path: "/a/b", value: 1 }],
    ["text to a number", { a: 1 }, { op: "append", path: "/a", value: "x" }],
    ["everything away", {}, { op: "remove", path: "" }],
    ["a path without a slash", {}, { op: "remove", path: "a" }],
    ["no such operation", {}, { op: "move", path: "/a" } as unknown as PatchOperation],
    ["no value", {}, { op: "add", path: "/a" } as unknown as PatchOperation],
  ])("refuses %s", (_, value, operation) => {
    let error: unknown;
    try {
      applyPatch(value, [operation]);
    } catch (thrown) {
      error = thrown;
    }
    expect(hasCode(error, "bad_patch")).toBe(true);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("diffJson", () => {
  test.each<Case>([
    ["nothing", { a: [1] }, [], { a: [1] }],
    [
      "grown text",
      { a: "once upon" },
      [{ op: "append", path: "/a", value: " a time" }],
      { a: "once upon a time" },
    ],
    ["a new element", ["one", "two"], [{ op: "add", path: "/2", value: "three" }], ["one", "two", "three"]],
    ["one in front", ["longer", "two"], [{ op: "add", path: "/0", value: "a" }], ["a", "longer", "two"]],
    [
      "a removed one",
      ["one", "two", "three", "a long fourth"],
      [{ op: "remove", path: "/1" }],
      ["one", "three", "a long fourth"],
    ],
    [
      "another type",
      { a: [1], b: "a long text that stays" },
      [{ op: "replace", path: "/a", value: {} }],
      { a: {}, b: "a long text that stays" },
    ],
    ["more than is worth it", { a: 1 }, [{ op: "replace", path: "", value: { b: 2 } }], { b: 2 }],
  ])("%s", (_, before, patch, after) => {
    expect(diffJson(before, after)).toStrictEqual(patch);
    expect(applyPatch(before, patch)).toStrictEqual(after);
  });

  test("a patch makes the one of the other, whatever they are, and is never longer", () => {
    const key = fc.constantFrom("a", "b", "a/b", "~1", "", "__proto__", "constructor", "prototype");
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Json>(null, true, 0, 1, "", "a", "ab", "abc"),
        fc.array(tie("json"), { maxLength: 5 }),
        fc.dictionary(key, tie("json"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(json, json, (before, after) => {
        const patch = diffJson(before, after);
        const whole = JSON.stringify([{ op: "replace", path: "", value: after }]);
        expect(canonical(applyPatch(before, patch))).toBe(canonical(after));
        expect(JSON.stringify(patch).length).toBeLessThanOrEqual(whole.length);
        expect(diffJson(after, structuredClone(after))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });
});

/** JSON with the properties in order, `__proto__` included, which matchers overlook. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? { entries: Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)) }
      : part,
  );
}
