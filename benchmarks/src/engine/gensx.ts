/**
 * `@gensx/core`, a framework of the same kind, for comparison: components on the server, executed without a journal, so
 * that there is nothing to replay. A render body and an async body are the same to it.
 */
import { Component, Workflow } from "@gensx/core";
import { numbersBelow, type EngineUnderTest, type ProgramName } from "./engine-under-test.ts";

interface Size {
  n: number;
}

const Inc = Component<{ v: number }, number>("Inc", async ({ v }) => v + 1);
const OneByOne = Component<Size, number>("OneByOne", async ({ n }) => {
  let v = 0;
  for (let index = 0; index < n; index++) v = await Inc.run({ v });
  return v;
});
const AtOnce = Component<Size, number>(
  "AtOnce",
  async ({ n }) => (await Promise.all(numbersBelow(n).map(async (v) => await Inc.run({ v })))).length,
);

const oneByOne = Workflow("OneByOneWorkflow", OneByOne, { printUrl: false });
const atOnce = Workflow("AtOnceWorkflow", AtOnce, { printUrl: false });

export const gensx: EngineUnderTest = {
  async execute(program: ProgramName, n: number) {
    await (program === "awaited" || program === "use" ? oneByOne : atOnce).run({ n });
    return null;
  },
};
