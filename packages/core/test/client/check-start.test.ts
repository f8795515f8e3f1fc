// What is given with a start is checked, and made what stores take.
import { expect, test } from "vitest";
import { toGiven } from "../../src/client/check-start.ts";

const given = (options: object) => toGiven(options, "article");

test("what is not given is not there", () => {
  expect(given({})).toEqual({});
  expect(given({ tenant: undefined, tags: undefined, metadata: undefined, priority: undefined })).toEqual({});
});

test("what is right is taken as it is, a tag once", () => {
  const metadata = { list: [1, { deep: null }], text: "ü" };
  const options = { tenant: "ä 😀", tags: ["b", "a", "b"], metadata, priority: -100 };
  expect(given(options)).toEqual({ ...options, tags: ["b", "a"] });
});

test.each([
  [{ tenant: "" }, `tenant must be 1 to 100 characters, none of them a control character; it is "".`],
  [{ tenant: 7 }, "it is 7."],
  [{ tenant: "a\nb" }, String.raw`it is "a\nb".`],
  [{ tenant: "\ud800" }, "tenant must be"],
  [{ tenant: "x".repeat(101) }, `it is "${"x".repeat(59)}….`],
  [{ tags: "a" }, `tags must be a list of 20 tags at most; it is "a".`],
  [{ tags: Array.from({ length: 21 }, () => "a") }, "it is a list of 21."],
  [{ tags: ["fine", ""] }, `tag 2 must be 1 to 100 characters`],
  [{ priority: 1.5 }, "priority must be a whole number from -100 to 100; it is 1.5."],
  [{ priority: Number.NaN }, "it is NaN."],
  [{ priority: "1" }, `it is "1".`],
  [{ priority: 101 }, "it is 101."],
  [{ metadata: [] }, "metadata must be a JSON object; it is a list of 0."],
  [{ metadata: { text: "ü".repeat(8192) } }, "metadata must have 16384 bytes of JSON at most; it has 16395."],
])("%j is refused, and it is said why", (options, why) => {
  expect(() => given(options)).toThrow(
    expect.objectContaining({
      code: "bad_start",
      message: expect.stringContaining(why),
      details: { option: Object.keys(options)[0] },
    }),
  );
});

test("metadata that is not JSON is not_json, as anywhere", () => {
  expect(() => given({ metadata: { at: new Date() } })).toThrow(
    expect.objectContaining({ code: "not_json" }),
  );
});

test("minus zero is zero, as it is in JSON", () => {
  expect(Object.is(given({ priority: -0 }).priority, 0)).toBe(true);
});
