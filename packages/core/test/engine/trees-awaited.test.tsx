/** @jsxImportSource @alder/core */
/** `render`: a tree awaited in an async body is a nested workflow (E1, E7). */
import { expect, test } from "vitest";
import { z } from "zod";
import { Catch, component, type Json, Parallel, race, render, Sequence, use, workflow } from "@alder/core";
import { Bad, createGate, Echo, Inc } from "./components.tsx";
import { sameAfterAnyCrash } from "./crash-everywhere.ts";
import { live, outputOf, until } from "./harness.ts";

test("gives the value of the tree", async () => {
  const W = workflow("W", async () => {
    const both = await render(
      <Parallel>
        <Echo v={1} />
        <Sequence>
          <Echo v={2} />
          <Inc v={2} />
        </Sequence>
      </Parallel>,
    );
    return [both as Json, await Inc.run({ v: 3 })];
  });
  expect(await sameAfterAnyCrash(W)).toEqual([[1, 3], 4]);
});

test("is typed and checked by its output schema", async () => {
  const W = workflow("W", async () => {
    const value = await render(<Inc v={1} />, { output: z.number() });
    return value + 1;
  });
  expect(await outputOf(W)).toBe(3);
  const Wrong = workflow("Wrong", async () => render(<Inc v={1} />, { output: z.string() }));
  await expect(outputOf(Wrong)).rejects.toMatchObject({ code: "invalid_output" });
});

test("trees in a loop are told apart by their order, or by key", async () => {
  const W = workflow("W", async () => {
    const values: Json[] = [];
    for (const v of [1, 1, 2]) values.push((await render(<Echo v={v} />)) as Json);
    values.push((await render(<Echo v="keyed" />, { key: "k" })) as Json);
    return values;
  });
  expect(await sameAfterAnyCrash(W)).toEqual([1, 1, 2, "keyed"]);
});

test("a failure that nothing in the tree caught is its own", async () => {
  const W = workflow("W", async () => {
    try {
      await render(<Bad v={1} />);
    } catch (error) {
      return [
        (error as Error).message,
        (await render(
          <Catch fallback={<Echo v="caught" />}>
            <Bad v={2} />
          </Catch>,
        )) as Json,
      ];
    }
    return "unreached";
  });
  expect(await sameAfterAnyCrash(W)).toEqual(["bad 1", "caught"]);
});

test("one that lost a race is cancelled with its steps", async () => {
  const { Gate, executions } = createGate();
  const W = workflow("W", async () => [(await race([render(<Gate />), Echo.run({ v: "quick" })])) as Json]);
  const life = live(W);
  await until(() => executions.length === 1);
  expect(await life.stopped).toMatchObject({ end: { output: ["quick"] } });
  expect(executions[0]?.signal.aborted).toBe(true);
});

test("in a component's body", async () => {
  const Treed = component(
    "Treed",
    async () =>
      (await render(
        <Parallel>
          <Echo v={1} />
        </Parallel>,
      )) as Json,
  );
  expect(await sameAfterAnyCrash(workflow("W", () => use(Treed.run())))).toEqual([1]);
});

test("in a render body it is refused", async () => {
  const W = workflow("W", () => use(render(<Echo v={1} />)) as Json);
  await expect(outputOf(W)).rejects.toMatchObject({ code: "render_outside_body" });
});
