import { describe, expect, test } from "vitest";
import { z, type ZodType } from "zod";
import { component, workflow } from "../../src/index.ts";
import { type Definition, definitionOf } from "../../src/authoring/definition.ts";
import { decodeInput, decodeOutput, encodeOutput } from "../../src/authoring/schema.ts";
import { toManifest } from "../../src/authoring/to-manifest.ts";

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

function definitionWith(schemas: { input?: ZodType; output?: ZodType }): Definition {
  const Draft = component("Draft", { input: z.object({}), ...schemas } as never, async () => null as never);
  return definitionOf(Draft)!;
}

describe("three views of a codec", () => {
  const definition = definitionWith({
    input: z.object({ at: isoDate, count: z.number().default(3) }),
    output: z.object({ at: isoDate, tags: z.array(z.string()) }),
  });

  test("bodies see input decoded, with defaults", () => {
    expect(decodeInput(definition, { at: "2030-01-01T00:00:00.000Z" })).toEqual({
      at: new Date(Date.UTC(2030, 0)),
      count: 3,
    });
  });

  test("the journal holds what was encoded, and parents see it decoded and frozen", () => {
    const wire = encodeOutput(definition, { at: new Date(Date.UTC(2030, 0)), tags: ["a"], extra: 1 });
    expect(wire).toStrictEqual({ at: "2030-01-01T00:00:00.000Z", tags: ["a"] });
    expect(Object.isFrozen(wire)).toBe(true);
    const seen = decodeOutput(definition, wire) as { at: Date; tags: string[] };
    expect(seen).toEqual({ at: new Date(Date.UTC(2030, 0)), tags: ["a"] });
    expect(() => seen.tags.push("b")).toThrow(TypeError);
  });

  test("what does not fit is refused with pointers and the component's name", () => {
    expect(() => decodeInput(definition, { at: "yesterday", count: "x" })).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        message: expect.stringMatching(
          /^The input of component "Draft" does not fit its schema: \/at: .*; \/count: /,
        ),
        details: {
          errors: [
            expect.objectContaining({ pointer: "/at" }),
            expect.objectContaining({ pointer: "/count" }),
          ],
        },
      }),
    );
    expect(() => encodeOutput(definition, { at: new Date(0), tags: [1] })).toThrow(
      expect.objectContaining({
        code: "invalid_output",
        details: { errors: [expect.objectContaining({ pointer: "/tags/0" })] },
      }),
    );
    expect(() => decodeOutput(definition, { at: 1 })).toThrow(
      expect.objectContaining({ code: "invalid_output" }),
    );
  });

  test("pointers are escaped as RFC 6901 says", () => {
    const strange = definitionWith({ input: z.object({ "a/b~c": z.string() }) });
    expect(() => decodeInput(strange, {})).toThrow(
      expect.objectContaining({ details: { errors: [expect.objectContaining({ pointer: "/a~1b~0c" })] } }),
    );
  });
});

describe("without schemas", () => {
  const definition = definitionOf(component("Draft", async () => null))!;

  test("props and output are the JSON a replay would give", () => {
    const props = { list: [1], gone: undefined };
    const seen = decodeInput(definition, props);
    expect(seen).toStrictEqual({ list: [1] });
    expect(Object.isFrozen(seen)).toBe(true);
    expect(encodeOutput(definition, undefined)).toBeNull();
    expect(encodeOutput(definition, { a: undefined, b: -0 })).toStrictEqual({ b: 0 });
  });

  test("what is not JSON is refused with the component's name", () => {
    expect(() => encodeOutput(definition, { at: new Date() })).toThrow(
      expect.objectContaining({
        code: "not_json",
        message: expect.stringContaining(`The output of component "Draft"`),
      }),
    );
  });

  test("an output from the journal is frozen, and the same object each time", () => {
    const wire = JSON.parse('{"list":[{}]}');
    expect(decodeOutput(definition, wire)).toBe(wire);
    expect(Object.isFrozen(wire.list[0])).toBe(true);
  });
});

test("an undefined output of an optional schema comes back from the null it is on the wire", () => {
  const definition = definitionWith({ output: z.string().optional() });
  const wire = encodeOutput(definition, undefined);
  expect(wire).toBeNull();
  expect(decodeOutput(definition, wire)).toBeUndefined();
  expect(() => decodeOutput(definitionWith({ output: z.string() }), null)).toThrow(
    expect.objectContaining({ code: "invalid_output" }),
  );
});

test("an asynchronous check is said to be one", () => {
  const definition = definitionWith({ input: z.object({ a: z.string().refine(async () => true) }) });
  expect(() => decodeInput(definition, { a: "x" })).toThrow(
    expect.objectContaining({
      code: "bad_schema",
      message: expect.stringMatching(/component "Draft".*asynchronous/),
    }),
  );
});

describe("schemas refused where they are written", () => {
  const upper = z.string().transform((text) => text.toUpperCase());
  interface Node {
    name: string;
    next?: Node | undefined;
  }
  const recursive: z.ZodType<Node> = z.object({ name: z.string(), next: z.lazy(() => recursive).optional() });

  test.each<[string, ZodType, RegExp]>([
    ["a transform", z.object({ a: upper }), /at a a transform/],
    [
      "a preprocess",
      z.object({ list: z.array(z.preprocess(String, z.string())) }),
      /at list\.\[\] a transform/,
    ],
    ["a transform in a union", z.union([z.string(), upper]), /a transform/],
    [
      "a transform behind a codec",
      z.codec(z.string(), upper, { decode: String, encode: String }),
      /a transform/,
    ],
    ["a transform in a record", z.record(z.string(), upper), /at \* a transform/],
    ["a transform in a lazy schema", z.object({ a: z.lazy(() => upper) }), /at a a transform/],
    ["z.date()", z.object({ a: z.date() }), /at a z\.date\(\), which JSON cannot carry: use a codec/],
    ["z.coerce.date()", z.object({ a: z.coerce.date() }), /z\.date\(\)/],
    ["z.bigint()", z.object({ a: z.bigint().optional() }), /z\.bigint\(\)/],
    ["z.map()", z.map(z.string(), z.string()), /z\.map\(\)/],
    ["z.set()", z.tuple([z.set(z.string())]), /z\.set\(\)/],
    [
      "z.date() on the wire side",
      z.codec(z.date(), z.number(), { decode: Number, encode: (n) => new Date(n) }),
      /z\.date/,
    ],
  ])("%s", (_name, schema, message) => {
    const error = expect.objectContaining({ code: "bad_schema", message: expect.stringMatching(message) });
    expect(() => component("Draft", { input: schema as never }, async () => null)).toThrow(error);
    expect(() => definitionWith({ output: schema })).toThrow(error);
    expect(() =>
      workflow("article", { input: z.object({}), signals: { review: schema } }, () => null),
    ).toThrow(error);
    expect(() =>
      workflow("article", { input: z.object({}), streams: { outline: schema } }, () => null),
    ).toThrow(error);
  });

  test("what is no schema of zod 4", () => {
    expect(() => definitionWith({ input: { parse: () => 1 } as never })).toThrow(
      expect.objectContaining({
        code: "bad_schema",
        message: expect.stringContaining('component "Draft": its input schema'),
      }),
    );
  });

  test.each<[string, ZodType]>([
    ["codecs", z.object({ at: isoDate, list: z.array(isoDate) })],
    [
      "a codec to what JSON cannot carry",
      z.codec(z.string(), z.bigint(), { decode: BigInt, encode: String }),
    ],
    ["checks that overwrite", z.string().trim().toLowerCase()],
    [
      "defaults, catches and coercion of plain kinds",
      z.object({ a: z.coerce.number().default(1), b: z.string().catch("") }),
    ],
    ["recursion by lazy", recursive],
    [
      "recursion by getter",
      z.object({
        get self() {
          return z.object({ name: z.string() }).optional();
        },
      }),
    ],
    ["z.stringbool()", z.stringbool()],
    ["pipes between plain schemas", z.string().pipe(z.string().min(1))],
    ["custom checks", z.custom<string>((value) => typeof value === "string")],
  ])("not %s", (_name, schema) => {
    expect(definitionWith({ output: schema }).output).toBe(schema);
  });

  test("checking a schema does not call the factories of its defaults", () => {
    let calls = 0;
    definitionWith({ input: z.object({ id: z.string().default(() => String(++calls)) }) });
    expect(calls).toBe(0);
  });
});

describe("toManifest", () => {
  test("describes what is on the wire", () => {
    const Article = workflow(
      "article",
      {
        input: z.object({ at: isoDate, count: z.number().default(3) }),
        output: z.object({ at: isoDate }),
        signals: { approve: z.object({ ok: z.boolean() }) },
        streams: { outline: z.array(z.string()) },
      },
      () => ({ at: new Date() }),
    );
    const manifest = toManifest(definitionOf(Article)!, { queue: "default", build: "b1" });
    expect(manifest).toMatchObject({
      name: "article",
      queue: "default",
      build: "b1",
      input: {
        type: "object",
        required: ["at"],
        properties: { at: { type: "string", format: "date-time" }, count: { type: "number", default: 3 } },
      },
      output: { type: "object", properties: { at: { type: "string" } } },
      signals: { approve: { type: "object", required: ["ok"] } },
      streams: { outline: { type: "array", items: { type: "string" } } },
    });
    expect(manifest.input).toHaveProperty("$schema", "https://json-schema.org/draft/2020-12/schema");
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  });

  test("of a workflow without schemas takes any object", () => {
    const manifest = toManifest(definitionOf(workflow("bare", () => null))!, {
      queue: "default",
      build: "b1",
    });
    expect(manifest).toMatchObject({ input: { type: "object" }, output: null, signals: {}, streams: {} });
  });
});
