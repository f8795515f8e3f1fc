/** @jsxImportSource @alder/core */
/** E3: identity is content. E4: what has finished and has not changed is not executed again. */
import { createElement, Fragment, type ReactElement } from "react";
import { describe, expect, test } from "vitest";
import { Catch, component, Parallel, Sequence, sleep, Suspense, use, WaitFor, workflow } from "@alder/core";
import { z } from "zod";
import { Echo, Inc } from "./components.tsx";
import { crashedAfter, live, outputOf, startedComponents, type AnyWorkflow } from "./harness.ts";

const tree = (build: () => ReactElement): AnyWorkflow =>
  workflow("W", { input: z.object({}) }, () => build());

function Step(): ReactElement {
  return <Echo v={1} />;
}

describe("two that would be the same step", () => {
  const same: Record<string, () => ReactElement> = {
    "in two containers": () => (
      <Parallel>
        <Sequence>
          <Echo v={1} />
          <Echo v={2} />
        </Sequence>
        <Sequence>
          <Echo v={1} />
          <Echo v={3} />
        </Sequence>
      </Parallel>
    ),
    "one after the other, the first unmounted": () => (
      <Sequence>
        <Sequence>
          <Echo v={1} />
          <Echo v={2} />
        </Sequence>
        <Sequence>
          <Echo v={1} />
          <Echo v={3} />
        </Sequence>
      </Sequence>
    ),
    "deeper down and later": () => (
      <Sequence>
        <Sequence>
          <Sequence>
            <Echo v={1} />
            <Echo v={9} />
          </Sequence>
        </Sequence>
        <Catch fallback={1}>
          <Echo v={1} />
        </Catch>
      </Sequence>
    ),
    "a body call and an element": () => {
      const a = use(Echo.run({ v: 1 }));
      return <Echo v={a} />;
    },
    "in two user components": () => (
      <Parallel>
        <Step />
        <Fragment>
          <Step />
        </Fragment>
      </Parallel>
    ),
  };
  test.each(Object.entries(same))("%s are refused", async (_name, build) => {
    await expect(outputOf(tree(build))).rejects.toMatchObject({
      code: "same_step",
      message: expect.stringMatching(/Echo.*key/),
    });
  });

  test("two waits are refused, too", async () => {
    const W = workflow("W", { input: z.object({}), signals: { review: z.string() } }, () => (
      <Parallel>
        <Sequence>
          <WaitFor name="review" />
        </Sequence>
        <Sequence>
          <WaitFor name="review" />
        </Sequence>
      </Parallel>
    ));
    await expect(outputOf(W)).rejects.toMatchObject({ code: "same_step" });
  });
});

describe("what tells equal steps apart", () => {
  const apart: Record<string, () => ReactElement> = {
    "their order in one list": () => (
      <Parallel>
        <Echo v={1} />
        <Echo v={1} />
      </Parallel>
    ),
    "their order in one array": () => (
      <Parallel>{[1, 1].map((v) => createElement(Echo as never, { v }))}</Parallel>
    ),
    "keys of their own": () => (
      <Parallel>
        <Sequence>
          <Echo key="a" v={1} />
        </Sequence>
        <Sequence>
          <Echo key="b" v={1} />
        </Sequence>
      </Parallel>
    ),
    "keys of containers around them": () => (
      <Parallel limit={1}>
        {["a", "b"].map((key) => (
          <Sequence key={key}>
            <Echo v={0} />
            <Echo v={1} />
          </Sequence>
        ))}
      </Parallel>
    ),
    "keys given through createElement": () =>
      createElement(
        Parallel,
        null,
        createElement(Sequence, { key: "a" }, createElement(Echo as never, { v: 1 })),
        createElement(Sequence, { key: "b" }, createElement(Echo as never, { v: 1 })),
      ),
    "keys of a user component and a Fragment": () => (
      <Parallel>
        <Step key="a" />
        <Fragment key="b">
          <Step />
        </Fragment>
      </Parallel>
    ),
    "a scope of their own": () => {
      const Inner = workflow("Inner", ({ n: _n }: { n: number }) => <Echo v={1} />);
      return (
        <Parallel>
          <Inner n={1} />
          <Inner n={2} />
        </Parallel>
      );
    },
  };
  test.each(Object.entries(apart))("%s", async (_name, build) => {
    const life = live(tree(build));
    await expect(life.stopped).resolves.toMatchObject({ end: { status: "completed", output: [1, 1] } });
    const ids = life.disk.events.flatMap((event) => (event.type === "step.completed" ? [event.step] : []));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a key with characters that React escapes stays itself", async () => {
    const W = tree(() =>
      createElement(Parallel, null, createElement(Echo as never, { v: 1, key: "a:b=c/d" })),
    );
    const life = live(W);
    await life.stopped;
    expect(life.disk.events).toContainEqual(
      expect.objectContaining({ type: "step.started", key: "a:b=c/d" }),
    );
  });
});

describe("body calls", () => {
  const Count = (): { Counted: typeof Echo; counts: { started: number } } => {
    const counts = { started: 0 };
    const Counted = component("Counted", async ({ v }: { v: never }) => {
      counts.started++;
      return v;
    });
    return { Counted: Counted as never, counts };
  };

  test("equal ones are told apart by their order", async () => {
    const { Counted, counts } = Count();
    await outputOf(workflow("W", () => [use(Counted.run({ v: 1 })), use(Counted.run({ v: 1 }))]));
    expect(counts.started).toBe(2);
    await outputOf(workflow("W", async () => [await Counted.run({ v: 1 }), await Counted.run({ v: 1 })]));
    expect(counts.started).toBe(4);
  });

  test("equal ones are told apart where another one stood in an earlier pass", async () => {
    const { Counted, counts } = Count();
    let isFirst = true;
    const First = component("First", async () => void (isFirst = false));
    const W = workflow("W", () => {
      if (isFirst) {
        const first = First.run();
        Counted.run({ v: 1 });
        use(first);
      }
      return [use(Counted.run({ v: 1 })), use(Counted.run({ v: 1 }))];
    });
    expect(await outputOf(W)).toEqual([1, 1]);
    expect(counts.started).toBe(2);
  });

  test("one that is held is one step, however often it is used", async () => {
    const { Counted, counts } = Count();
    const W = workflow("W", () => {
      const held = Counted.run({ v: 1 });
      return [use(held), use(held), use(Inc.run({ v: held as never }))];
    });
    expect(await outputOf(W)).toEqual([1, 1, 2]);
    expect(counts.started).toBe(1);
  });

  test("one that comes before others shifts none that is keyed", async () => {
    const { Counted, counts } = Count();
    const body = (keys: string[]) =>
      workflow("W", () => keys.map((key) => use(Counted.run({ v: 1 }, { key }))));
    const disk = await crashedAfter(body(["a", "b", "c"]), 2);
    counts.started = 0;
    await outputOf(body(["new", "a", "b"]), { disk });
    expect(counts.started).toBe(1);
  });
});

test("the id of a step depends on its props' content, not on how they are written", async () => {
  const Both = component("Both", async ({ a, b }: { a?: number; b?: number }) => [a ?? null, b ?? null]);
  const idOf = async (props: { a?: number; b?: number }): Promise<string> => {
    const life = live(workflow("W", () => use(Both.run(props))));
    await life.stopped;
    return life.disk.events.flatMap((event) => (event.type === "step.started" ? [event.step] : []))[0] ?? "";
  };
  const id = await idOf({ a: 1, b: 2 });
  expect(id).toMatch(/^[\w-]{20}$/);
  expect(await idOf({ b: 2, a: 1 })).toBe(id);
  expect(await idOf({ a: 1 })).not.toBe(id);
  expect(await idOf({ a: 1, b: undefined as never })).toBe(await idOf({ a: 1 }));
});

test("a call counts as its own id: what it resolves to does not matter", async () => {
  let value = 0;
  const Now = component("Now", async () => ++value);
  const W = workflow("W", () => use(Inc.run({ v: Now.run({}) })));
  const idOf = async (): Promise<unknown> => {
    const life = live(W);
    await life.stopped;
    return life.disk.events.find((event) => event.type === "step.started" && event.name === "Inc");
  };
  expect(await idOf()).toMatchObject((({ step }) => ({ step }))((await idOf()) as { step: string }));
});

describe("another build of a run under way (E4)", () => {
  const body = (build: () => ReactElement): AnyWorkflow => tree(build);
  const first = body(() => (
    <Parallel>
      <Echo v={1} />
      <Echo v={2} />
      <Inc v={3} />
    </Parallel>
  ));
  const builds: Record<string, { build: () => ReactElement; output: unknown }> = {
    reordered: {
      build: () => (
        <Parallel>
          <Inc v={3} />
          <Echo v={2} />
          <Echo v={1} />
        </Parallel>
      ),
      output: [4, 2, 1],
    },
    "wrapped in boundaries": {
      build: () => (
        <Parallel>
          <Catch fallback={0}>
            <Echo v={1} />
          </Catch>
          <Suspense fallback={null}>
            <Sequence>
              <Echo v={2} />
            </Sequence>
          </Suspense>
          <Inc v={3} />
        </Parallel>
      ),
      output: [1, 2, 4],
    },
    "with a step inserted": {
      build: () => (
        <Parallel>
          <Echo v={0} />
          <Echo v={1} />
          <Echo v={2} />
          <Inc v={3} />
        </Parallel>
      ),
      output: [0, 1, 2, 4],
    },
  };
  test.each(Object.entries(builds))("%s executes nothing again", async (_name, { build, output }) => {
    const disk = await crashedAfter(first, 2);
    const done = disk.entries.flatMap((entry) => (entry.t === "ok" ? [entry.id] : []));
    expect(done).toHaveLength(2);
    const before = disk.events.length;
    expect(await outputOf(body(build), { disk })).toEqual(output);
    const started = disk.events
      .slice(before)
      .flatMap((event) => (event.type === "step.started" && event.kind === "component" ? [event.step] : []));
    expect(started.filter((id) => done.includes(id))).toEqual([]);
    expect(startedComponents(disk, before)).toContain("Inc");
  });

  test("a finished step that nobody asks for any more is a notice in the stream", async () => {
    const disk = await crashedAfter(first, 2);
    await outputOf(
      body(() => <Inc v={3} />),
      { disk },
    );
    expect(disk.events).toContainEqual(
      expect.objectContaining({
        type: "log",
        level: "notice",
        message: expect.stringMatching(/2 finished steps of Echo/),
      }),
    );
  });
});

test("a timer is a step like any other", async () => {
  const W = workflow("W", async () => {
    await Promise.all([sleep(0), sleep(0), sleep(0, { key: "third" })]);
    return "slept";
  });
  expect(await outputOf(W, { onIdle: () => undefined })).toBe("slept");
});
