/** @jsxImportSource @alder/core */
import { expect, test } from "vitest";
import { all, Catch, component, Parallel, Sequence, Status, use, workflow } from "@alder/core";
import { outputOf } from "./harness.ts";

const Inc = component("Inc", async ({ v }: { v: number }) => v + 1);
const Bad = component("Bad", async ({ v }: { v: number }): Promise<number> => {
  throw new Error(`bad ${v}`);
});

test("three ways", async () => {
  const W = workflow("W", () => {
    const a = use(Inc.run({ v: 1 }));
    const many = use(all([Inc.run({ v: a }), Inc.run({ v: 10 })]));
    return (
      <Sequence>
        <Status>hello {a}</Status>
        <Parallel>
          <Inc v={many[0]} />
          <Inc v={Inc.run({ v: 5 })} />
          <Inc v={1000}>{(value) => <Inc v={value} />}</Inc>
        </Parallel>
      </Sequence>
    );
  });
  expect(await outputOf(W)).toEqual([4, 7, 1002]);
});

test("async", async () => {
  const N = workflow("N", ({ v }: { v: number }) => <Inc v={use(Inc.run({ v }))} />);
  const W = workflow("W", async () => {
    const a = await Inc.run({ v: 1 });
    const b = await Promise.all([Inc.run({ v: a }), N.run({ v: 3 })]);
    try {
      await Bad.run({ v: 1 });
    } catch (error) {
      return [b, (error as Error).message];
    }
  });
  expect(await outputOf(W)).toEqual([[3, 5], "bad 1"]);
});

test("catch", async () => {
  const W = workflow("W", () => (
    <Catch fallback={(error) => <Inc v={error.message.length} />}>
      <Bad v={1} />
    </Catch>
  ));
  expect(await outputOf(W)).toEqual(6);
});
