/** What fails in the proof is made small, and stays a program. */
import { expect, test } from "vitest";
import type { Program } from "./program.ts";
import { shrink } from "./shrink.ts";

const text = { kind: "text", text: "t" } as const;
const leaf = { kind: "leaf", name: "Work", site: "s", v: text } as const;
const program: Program = {
  seed: 1,
  signals: [],
  body: {
    kind: "async",
    statements: [
      { kind: "get", name: "a", call: { kind: "combined", how: "race", of: [leaf, leaf] } },
      {
        kind: "get",
        name: "b",
        call: {
          kind: "render",
          tree: {
            kind: "parallel",
            children: [
              {
                kind: "catch",
                name: "e",
                children: [{ kind: "step", call: leaf }],
                fallback: { kind: "data", value: text },
              },
            ],
          },
        },
      },
    ],
    result: text,
  },
};

test("no race is left without members, no call is a tree, and no data stands among children", async () => {
  const tried: string[] = [];
  await shrink(program, async (smaller) => {
    tried.push(JSON.stringify(smaller));
    return false;
  });
  expect(tried.length).toBeGreaterThan(4);
  for (const smaller of tried) {
    expect(smaller).not.toMatch(/"(of|calls|children)":\[\]/);
    expect(smaller).not.toMatch(/"call":\{"kind":"(parallel|catch|step|data)"/);
    expect(smaller).not.toMatch(/"children":\[\{"kind":"data"/);
  }
});
