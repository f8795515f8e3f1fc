/** @jsxImportSource @alder/core */
/** `<Limit>`: which steps are below it, and what it leaves as it is (E3, E4). */
import { createElement } from "react";
import { describe, expect, test } from "vitest";
import {
  Catch,
  component,
  type Json,
  Limit,
  Output,
  Parallel,
  render,
  Sequence,
  use,
  workflow,
} from "@alder/core";
import { Echo } from "./components.tsx";
import { createHandDesk } from "./hand-desk.ts";
import { crashedAfter, live, outputOf, type AnyWorkflow } from "./harness.ts";

/** What steps have asked for, by the key of the limit, in order. */
async function askedBy(W: AnyWorkflow): Promise<{ keys: string[]; output: Json }> {
  const desk = createHandDesk(true);
  const output = await outputOf(W, { permits: desk, strict: true });
  expect(desk.left()).toEqual([]);
  return { keys: desk.asked.map(({ key }) => key), output };
}

const own = { key: "own", rate: "5/1s" } as const;
const Limited = Echo.limit(own);

describe("limits the component steps below it", () => {
  test("those in its tree, and nothing beside it", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Echo v={0} />
        <Limit key="outer" concurrency={5}>
          <Echo v={1} />
          <Sequence>
            <Echo v={2} />
          </Sequence>
        </Limit>
      </Parallel>
    ));
    expect(await askedBy(W)).toEqual({ keys: ["outer", "outer"], output: [0, [1, 2]] });
  });

  test("with their own limits, and those of every <Limit> around them, each key once", async () => {
    const W = workflow("W", () => (
      <Limit key="outer" concurrency={5}>
        <Limit key="inner" concurrency={5}>
          <Limit key="outer" concurrency={5}>
            <Limited v={1} />
          </Limit>
        </Limit>
      </Limit>
    ));
    expect(await askedBy(W)).toEqual({ keys: ["inner", "outer", "own"], output: 1 });
  });

  test("with the limit given as a whole", async () => {
    const whole = { key: "whole", concurrency: 5 } as const;
    const W = workflow("W", () => (
      <Limit {...whole}>
        <Echo v={1} />
      </Limit>
    ));
    expect((await askedBy(W)).keys).toEqual(["whole"]);
  });

  test("calls of nested workflows below it, which render, await, and render in what they await", async () => {
    const Rendering = workflow("Rendering", () => use(Echo.run({ v: "rendering" })));
    const Awaiting = workflow("Awaiting", async () => {
      await Echo.run({ v: "awaiting" });
      return (await render(<Echo v="rendered" />)) as Json;
    });
    const Middle = workflow("Middle", async () => [await Rendering.run(), await Awaiting.run()]);
    const W = workflow("W", () => (
      <Limit key="nested" concurrency={5}>
        <Middle />
        <Rendering />
      </Limit>
    ));
    expect(await askedBy(W)).toEqual({
      keys: ["nested", "nested", "nested", "nested"],
      output: [["rendering", "rendered"], "rendering"],
    });
  });

  test("what components below it call: it shares the slot, and counts for the rate", async () => {
    const Outer = component("Outer", async (_: {}, step) => [
      await Echo.run({ v: 1 }),
      await step.run("inline", async () => 2),
    ]);
    const desk = createHandDesk(true);
    const W = workflow("W", () => (
      <Limit key="rated" rate="5/1s">
        <Outer />
      </Limit>
    ));
    expect(await outputOf(W, { permits: desk })).toEqual([1, 2]);
    expect(desk.asked.map(({ want }) => want.slot)).toEqual([true, false, false]);
  });

  test("a body's call that is a prop below it belongs to the body, not to the tree", async () => {
    const W = workflow("W", () => {
      const made = Echo.run({ v: "body" });
      return (
        <Limit key="props" concurrency={5}>
          <Echo v={made} />
        </Limit>
      );
    });
    expect(await askedBy(W)).toEqual({ keys: ["props"], output: "body" });
  });
});

describe("leaves as it is", () => {
  test("the identity of what is below it: wrapped after a crash, nothing is executed again", async () => {
    let executions = 0;
    const Count = component("Count", async ({ v }: { v: number }) => {
      executions++;
      return v;
    });
    const body = (isWrapped: boolean): AnyWorkflow =>
      workflow("W", () => {
        const children = [<Count key="one" v={1} />, <Count key="two" v={2} />];
        return isWrapped ? (
          <Limit key="later" concurrency={5}>
            {children}
          </Limit>
        ) : (
          <Parallel>{children}</Parallel>
        );
      });
    const disk = await crashedAfter(body(false), 2, { permits: createHandDesk(true) });
    expect(await outputOf(body(true), { disk, permits: createHandDesk(true) })).toEqual([1, 2]);
    expect(executions).toBe(2);
  });

  test("siblings that have the same key: it is the limit's, and not theirs", async () => {
    const W = workflow("W", () => (
      <Sequence>
        <Limit key="same" concurrency={5}>
          <Echo v={1} />
        </Limit>
        <Limit key="same" concurrency={5}>
          <Echo v={2} />
        </Limit>
        <Limit key="same" concurrency={5}>
          <Output value={3} />
        </Limit>
      </Sequence>
    ));
    expect(await askedBy(W)).toEqual({ keys: ["same", "same"], output: 3 });
  });
});

describe("is checked", () => {
  test.each<[string, object, string]>([
    ["a rate that does not parse", { key: "bad", rate: "5/m" }, "bad_rate"],
    ["an unknown field", { key: "bad", per: "1m" }, "bad_policy"],
    ["no key", { concurrency: 5 }, "bad_policy"],
    ["other numbers than elsewhere", { key: "own", concurrency: 5 }, "limit_conflict"],
  ])("%s", async (_, props, code) => {
    const Bad = Limit as (props: object) => ReturnType<typeof Limit>;
    const W = workflow("W", () => <Bad {...props} />);
    await expect(outputOf(W)).rejects.toMatchObject({ code, message: expect.stringMatching(/^<Limit>/) });
  });

  test("and its error is caught like any other", async () => {
    const W = workflow("W", () => (
      <Catch fallback={(error) => <Echo v={error.code} />}>
        <Limit key="own" concurrency={7} />
      </Catch>
    ));
    expect(await outputOf(W)).toBe("limit_conflict");
  });
});

test("React's own runtime gives it its key where it stands in a list", async () => {
  const W = workflow("W", () =>
    createElement(
      Parallel,
      null,
      createElement(Limit, { key: "plain", concurrency: 5 }, createElement(Echo as never, { v: 1 } as never)),
    ),
  );
  expect((await askedBy(W)).keys).toEqual(["plain"]);
});

test("a limit that changes holds for what starts from then on", async () => {
  const desk = createHandDesk(true);
  const W = workflow("W", () => {
    const first = use(Echo.run({ v: "a" }));
    return (
      <Limit key={`of ${String(first)}`} concurrency={5}>
        <Echo v={1} />
      </Limit>
    );
  });
  expect(await live(W, { permits: desk }).stopped).toMatchObject({ end: { output: 1 } });
  expect(desk.asked.map(({ key }) => key)).toEqual(["of a"]);
});
