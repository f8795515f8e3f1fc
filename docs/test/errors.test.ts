/** Every code has a page, every page a code that is raised somewhere, and the index lists them all. */
import { problemTable } from "@alder/server";
import { expect, test } from "vitest";
import { codesIn, readErrorCodes } from "./error-codes.ts";
import { readPages } from "./pages.ts";

const pages = readPages().filter(({ path }) => path.startsWith("docs/errors/"));
const index = pages.find(({ path }) => path.endsWith("/README.md"));
const described = pages.filter((page) => page !== index);
const codes = [...new Set([...readErrorCodes().keys(), ...Object.keys(problemTable)])].toSorted();

test("codes are found however they are written", () => {
  const source = `
    throw new AlderError("one", "…");
    throw new AlderError(
      isTaken ? "two" : "three",
      "…");
    super("four", message);
    const kind = { code: "five" };`;
  expect([...codesIn(source)].toSorted()).toEqual(["five", "four", "one", "three", "two"]);
  const handsOn = `const raise = (code) => new AlderError(code, "…"); raise("a_code");`;
  expect([...codesIn(handsOn)]).toEqual(["a_code"]);
  expect(codes).toEqual(
    expect.arrayContaining(["invalid_output", "store_busy", "port_in_use", "retry_after"]),
  );
});

test("each code has a page, and each page a code", () => {
  expect(described.map(({ path }) => path.slice("docs/errors/".length, -".md".length)).toSorted()).toEqual(
    codes,
  );
});

test("each page says what happened, why, and how to mend it", () => {
  const isWhole = (text: string, path: string): boolean =>
    text.startsWith(`# \`${path.slice("docs/errors/".length, -".md".length)}\`\n`) &&
    /\*\*What happened\.\*\* .+\*\*Why\.\*\* .+\*\*To fix it\.\*\* /s.test(text);
  expect(described.filter(({ text, path }) => !isWhole(text, path)).map(({ path }) => path)).toEqual([]);
});

test("an example raises the error of its page", () => {
  for (const { path, blocks } of described) {
    const code = path.slice("docs/errors/".length, -".md".length);
    const thrown = blocks.filter(({ markers }) => markers.includes("throws"));
    expect(thrown.filter((block) => !block.code.startsWith(`${code}: `))).toEqual([]);
  }
});

test("the index lists each once", () => {
  const listed = [...(index?.text ?? "").matchAll(/^\| \[`(\w+)`\]\(\1\.md\) \|/gm)].map(([, code]) => code);
  expect(listed.map(String).toSorted()).toEqual(codes);
});
