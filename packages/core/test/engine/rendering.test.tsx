/** @jsxImportSource @alder/core */
/** E5: rendering is pure and work is outside it: a pass that React discards starts nothing. */
import {
  createElement,
  StrictMode,
  Suspense as ReactSuspense,
  use as useReact,
  useState,
  type ReactNode,
} from "react";
import { describe, expect, test } from "vitest";
import {
  all,
  Catch,
  component,
  type Json,
  Parallel,
  Retry,
  Sequence,
  Status,
  use,
  workflow,
} from "@alder/core";
import { createGate, Echo, Inc } from "./components.tsx";
import { createDisk, eventsOf, live, outputOf, rest, startedComponents, until } from "./harness.ts";

test("a body is executed again and again, its steps once", async () => {
  let passes = 0;
  const W = workflow("W", () => {
    passes++;
    const seen: number[] = [];
    for (let round = 0; round < 4; round++) seen.push(use(Inc.run({ v: round })));
    return seen;
  });
  for (const strict of [false, true]) {
    passes = 0;
    const life = live(W, { strict });
    expect(await life.stopped).toMatchObject({ end: { output: [1, 2, 3, 4] } });
    expect(startedComponents(life.disk)).toHaveLength(4);
    expect(passes).toBeGreaterThanOrEqual(5);
  }
});

test("a body is executed again only when what it waits for is there", async () => {
  let passes = 0;
  const { Gate, executions } = createGate();
  const W = workflow("W", () => {
    passes++;
    return use(all([Gate.run({ v: 1 }), Gate.run({ v: 2 }), Gate.run({ v: 3 })]));
  });
  const life = live(W);
  await until(() => executions.length === 3);
  await rest();
  const before = passes;
  executions[0]?.end.resolve(1);
  await rest();
  executions[2]?.end.resolve(3);
  await rest();
  expect(passes).toBe(before);
  executions[1]?.end.resolve(2);
  expect(await life.stopped).toMatchObject({ end: { output: [1, 2, 3] } });
});

test("a pass that is discarded starts nothing", async () => {
  let arrive!: (value: string) => void;
  const arrives = new Promise<string>((resolve) => (arrive = resolve));
  const { Gate, executions } = createGate();
  /** Suspends with a promise of its own after its first child was rendered: that mount is thrown away. */
  function Discarded(): ReactNode {
    const [v] = useState(() => Math.random());
    return (
      <>
        <Echo v={v} />
        <Suspends />
      </>
    );
  }
  function Suspends(): ReactNode {
    return <Echo v={useReact(arrives)} />;
  }
  const life = live(
    workflow("W", () => (
      <Parallel>
        <Discarded />
        <Gate />
      </Parallel>
    )),
  );
  await until(() => executions.length === 1);
  await rest();
  expect(startedComponents(life.disk)).toEqual(["Gate"]);
  arrive("arrived");
  await until(() => startedComponents(life.disk).length === 3);
  executions[0]?.end.resolve("gate");
  expect(await life.stopped).toMatchObject({ end: { output: [[expect.any(Number), "arrived"], "gate"] } });
  expect(startedComponents(life.disk)).toEqual(["Gate", "Echo", "Echo"]);
});

test("StrictMode inside a tree starts nothing twice", async () => {
  const W = workflow("W", () =>
    createElement(
      StrictMode,
      null,
      <Sequence>
        <Status>once</Status>
        <Inc v={1}>{(value) => <Inc v={value} />}</Inc>
      </Sequence>,
    ),
  );
  const life = live(W, { strict: true });
  expect(await life.stopped).toMatchObject({ end: { output: 3 } });
  expect(startedComponents(life.disk)).toEqual(["Inc", "Inc"]);
  expect(eventsOf(life.disk, "status")).toHaveLength(1);
});

test("a workflow is not done while React itself still suspends something in it", async () => {
  const resolved = Promise.resolve("late");
  function Late(): ReactNode {
    return <Echo v={useReact(resolved)} />;
  }
  const W = workflow("W", () =>
    createElement(
      "branch",
      null,
      <Echo v={1} />,
      createElement(ReactSuspense, { fallback: null }, createElement(Late)),
    ),
  );
  expect(await outputOf(W)).toEqual([1, "late"]);
});

test("workflow bodies may have state, which a life keeps and a recovery does not", async () => {
  const { Gate, executions } = createGate();
  const bodies: number[] = [];
  let ids = 0;
  const W = workflow("W", () => {
    const [id] = useState(() => ++ids);
    bodies.push(id);
    return [use(Inc.run({ v: 1 })), use(Gate.run({}))] as Json;
  });
  const first = live(W);
  await until(() => executions.length === 1);
  first.run.stop();
  const second = live(W, { disk: createDisk(first.disk) });
  await until(() => executions.length === 2);
  executions[1]?.end.resolve("x");
  expect(await second.stopped).toMatchObject({ end: { output: [2, "x"] } });
  expect(startedComponents(second.disk)).toEqual(["Inc", "Gate", "Gate"]);
  expect(bodies.length).toBeGreaterThan(3);
});

describe("a wide or long tree", () => {
  test("of 300 steps side by side", async () => {
    const W = workflow("W", () => (
      <Parallel>
        {Array.from({ length: 300 }, (_, v) => (
          <Inc key={v} v={v} />
        ))}
      </Parallel>
    ));
    expect(await outputOf(W)).toEqual(Array.from({ length: 300 }, (_, v) => v + 1));
  });

  test("with a limit never has more under way", async () => {
    let underWay = 0;
    let most = 0;
    const Counted = component("Counted", async ({ v }: { v: number }) => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => setImmediate(resolve));
      underWay--;
      return v;
    });
    const W = workflow("W", () => (
      <Parallel limit={3}>
        {Array.from({ length: 100 }, (_, v) => (
          <Counted key={v} v={v} />
        ))}
      </Parallel>
    ));
    expect(await outputOf(W)).toEqual(Array.from({ length: 100 }, (_, v) => v));
    expect(most).toBe(3);
  });

  test("with a limit keeps what it has mounted, however many there are: a Retry counts its attempts once", async () => {
    const executions: number[] = [];
    const Fails = component("Fails", async ({ v }: { v: number }) => {
      executions.push(v);
      // Under way while the others come and go.
      for (let turn = 0; v === 0 && turn < 2000; turn++)
        await new Promise<void>((resolve) => setImmediate(resolve));
      if (v === 0) throw new Error("always");
      return v;
    });
    const W = workflow("W", () => (
      <Parallel limit={40}>
        {Array.from({ length: 100 }, (_, v) => (
          <Catch key={v} fallback={<Echo v="failed" />}>
            <Retry>
              <Fails v={v} />
            </Retry>
          </Catch>
        ))}
      </Parallel>
    ));
    let mounts = 0;
    const Counts = ({ children }: { children?: ReactNode }): ReactNode => {
      useState(() => mounts++);
      return children;
    };
    const M = workflow("M", () => (
      <Parallel limit={40}>
        {Array.from({ length: 100 }, (_, v) => (
          <Counts key={v}>
            <Inc v={v} />
          </Counts>
        ))}
      </Parallel>
    ));
    expect(await outputOf(W)).toHaveLength(100);
    expect(executions.filter((v) => v === 0)).toHaveLength(2);
    await outputOf(M);
    expect(mounts).toBe(100);
  });

  test("of 200 steps one after the other", async () => {
    const W = workflow("W", () => (
      <Sequence>
        {Array.from({ length: 200 }, (_, v) => (
          <Inc key={v} v={v} />
        ))}
      </Sequence>
    ));
    expect(await outputOf(W)).toBe(200);
  });
});
