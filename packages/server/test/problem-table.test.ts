import { readFileSync } from "node:fs";
import { problemTable } from "@alder/server";
import { expect, test } from "vitest";

test("the documentation lists every code with its status, and no other", () => {
  const page = readFileSync(new URL("../../../docs/http-api.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## Problems"), page.indexOf("## Security"));
  const documented = [...section.matchAll(/^\| ((?:`\w+` ?)+) \| (\d+) \|/gm)].flatMap(([, codes, status]) =>
    [...codes!.matchAll(/`(\w+)`/g)].map(([, code]) => [code, Number(status)] as const),
  );
  const table = Object.entries(problemTable).map(([code, { status }]) => [code, status] as const);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(table));
  expect(documented).toHaveLength(table.length);
});
