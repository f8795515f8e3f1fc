/** The page for users tells of every rule that the architecture has. */
import { expect, test } from "vitest";
import { readPage } from "./pages.ts";

test("each rule has its place, in order", () => {
  const rules = [...readPage("docs/architecture.md").text.matchAll(/^- \*\*(E\d+)\*\*/gm)].map(
    ([, rule]) => rule,
  );
  const told = [...readPage("docs/rules.md").text.matchAll(/^## (E\d+): /gm)].map(([, rule]) => rule);
  expect(told.length).toBe(12);
  expect(told).toEqual(rules);
});
