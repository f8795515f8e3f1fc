/** @jsxImportSource @alder/core */
/** The value of a tree: what its children's values come to, and what `Output` states. */
import { Fragment, type ReactNode } from "react";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  Catch,
  Output,
  Parallel,
  Progress,
  Publish,
  Sequence,
  Status,
  Suspense,
  workflow,
} from "@alder/core";
import { Bad, Echo, Inc } from "./components.tsx";
import { outputOf } from "./harness.ts";

function Plain({ children }: { children?: ReactNode }): ReactNode {
  return children;
}
const None = workflow("None", () => null);
const TreeOf = workflow("TreeOf", ({ v }: { v: number }) => (
  <>
    <Echo v={v} />
    <Output value={v * 10} />
  </>
));

const trees: Record<string, { tree: () => unknown; value: unknown }> = {
  "a component: its output": { tree: () => <Inc v={1} />, value: 2 },
  "several in a fragment: an array in order": {
    tree: () => (
      <>
        <Echo v="a" />
        <Echo v="b" />
      </>
    ),
    value: ["a", "b"],
  },
  "one valued child: its value": {
    tree: () => (
      <Plain>
        <Status>text</Status>
        <Progress value={1} max={2} />
        <Publish name="draft" value={{ a: 1 }} />
        <Echo v="only" />
      </Plain>
    ),
    value: "only",
  },
  "none: null": { tree: () => <Status>text</Status>, value: null },
  "nothing at all: null": { tree: () => null, value: null },
  "undefined data: null": { tree: () => undefined, value: null },
  "data: itself": { tree: () => ({ a: [1, { b: null }] }), value: { a: [1, { b: null }] } },
  "an array of elements": { tree: () => [<Echo key="a" v={1} />, <Echo key="b" v={2} />], value: [1, 2] },
  "a step whose output is null has a value": {
    tree: () => (
      <Parallel>
        <Echo v={null} />
        <None />
      </Parallel>
    ),
    value: [null, null],
  },
  "a function child stands for its step": {
    tree: () => <Echo v={1}>{() => <Echo v="child" />}</Echo>,
    value: "child",
  },
  "Parallel of several": {
    tree: () => (
      <Parallel>
        <Echo v={1} />
        <Echo v={2} />
      </Parallel>
    ),
    value: [1, 2],
  },
  "Parallel of one: an array": {
    tree: () => (
      <Parallel>
        <Echo v={1} />
      </Parallel>
    ),
    value: [1],
  },
  "Parallel of none: an empty array": { tree: () => <Parallel />, value: [] },
  "Parallel with a limit keeps the order": {
    tree: () => (
      <Parallel limit={1}>
        {[3, 1, 2].map((v) => (
          <Echo key={v} v={v} />
        ))}
      </Parallel>
    ),
    value: [3, 1, 2],
  },
  "Parallel of more than React mounts flat": {
    tree: () => (
      <Parallel>
        {Array.from({ length: 100 }, (_, v) => (
          <Echo key={v} v={v} />
        ))}
      </Parallel>
    ),
    value: Array.from({ length: 100 }, (_, v) => v),
  },
  "Sequence: its last value": {
    tree: () => (
      <Sequence>
        <Echo v={1} />
        <Echo v={2} />
        <Status>done</Status>
      </Sequence>
    ),
    value: 2,
  },
  "Sequence: null, where that is the last value": {
    tree: () => (
      <Parallel>
        <Sequence>
          <Echo v={1} />
          <Echo v={null} />
        </Sequence>
      </Parallel>
    ),
    value: [null],
  },
  "Sequence of none: null": { tree: () => <Sequence />, value: null },
  "Suspense: its children's": {
    tree: () => (
      <Suspense fallback={<Echo v="never counted" />}>
        <Echo v={1} />
      </Suspense>
    ),
    value: 1,
  },
  "Catch: its children's": {
    tree: () => (
      <Catch fallback="x">
        <Echo v={1} />
        <Echo v={2} />
      </Catch>
    ),
    value: [1, 2],
  },
  "Catch: its fallback's, which may be data": {
    tree: () => (
      <Parallel>
        <Catch fallback={(error) => error.message}>
          <Bad v={1} />
        </Catch>
        <Catch fallback={<Echo v="element" />}>
          <Bad v={2} />
        </Catch>
        <Catch fallback={null}>
          <Bad v={3} />
        </Catch>
      </Parallel>
    ),
    value: ["bad 1", "element", null],
  },
  "Output states the value of its nearest container": {
    tree: () => (
      <Parallel>
        <Sequence>
          <Echo v={1} />
          <Output value={7} />
        </Sequence>
        <Sequence>
          <Output value={8} />
          <Echo v={2} />
        </Sequence>
        <Echo v={3} />
      </Parallel>
    ),
    value: [7, 8, 3],
  },
  "Output of the whole workflow, and of a nested one": {
    tree: () => (
      <>
        <Echo v={1} />
        <TreeOf v={2} />
        <Plain>
          <Output>
            <Echo v="a" />
            <TreeOf v={3} />
          </Output>
        </Plain>
      </>
    ),
    value: ["a", 30],
  },
  "the last Output counts": {
    tree: () => (
      <>
        <Output value={1} />
        <Output value={2} />
      </>
    ),
    value: 2,
  },
  "Output in a Parallel": {
    tree: () => (
      <Parallel>
        <Echo v={1} />
        <Output value="instead" />
      </Parallel>
    ),
    value: "instead",
  },
  "a keyed fragment changes nothing": {
    tree: () => (
      <Fragment key="k">
        <Echo v={1} />
      </Fragment>
    ),
    value: 1,
  },
};

test.each(Object.entries(trees))("%s", async (_name, { tree, value }) => {
  const schemas = { input: z.object({}) };
  expect(await outputOf(workflow("W", schemas, () => tree() as never))).toEqual(value);
  expect(
    await outputOf(
      workflow("W", schemas, () => tree() as never),
      { strict: true },
    ),
  ).toEqual(value);
});
