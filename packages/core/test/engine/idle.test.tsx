/** @jsxImportSource @alder/core */
/** E11: nothing waits silently. A run that only waits says what for; one that can never go on fails; one may be drained. */
import { use as useReact, Suspense as ReactSuspense, type ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { all, component, Parallel, Sequence, sleep, use, waitFor, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, Echo, Inc } from "./components.tsx";
import { createDisk, live, outputOf, rest, startedComponents, until } from "./harness.ts";

const schemas = { input: z.object({}), signals: { go: z.string(), stay: z.string() } };

describe("a run that only waits", () => {
  test("says until when, and for which signals", async () => {
    const W = workflow("W", schemas, () =>
      use(all([sleep("1h"), waitFor("go"), sleep("2h"), waitFor("stay"), waitFor("go", { key: 2 })])),
    );
    const life = live(W, { clock: createManualClock(5000) });
    expect(await life.stopped).toEqual({
      state: "idle",
      idle: { wakeAt: 3_605_000, signals: ["go", "stay"] },
    });
  });

  test("for signals alone has nothing to wake it", async () => {
    const life = live(workflow("W", schemas, async () => waitFor("go")));
    expect(await life.stopped).toEqual({ state: "idle", idle: { wakeAt: null, signals: ["go"] } });
  });

  test("is not idle while anything executes, also a component that waits itself", async () => {
    const { Gate, executions } = createGate();
    const Asks = component("Asks", async () => waitFor("stay"));
    const W = workflow("W", schemas, () => use(all([waitFor("go"), Gate.run({}), Asks.run({})])));
    let idles = 0;
    const life = live(W, { onIdle: () => idles++ });
    await until(() => executions.length === 1);
    await rest();
    expect([life.run.idle(), idles]).toEqual([null, 0]);
    executions[0]?.end.resolve(1);
    await rest();
    expect([life.run.idle(), idles]).toEqual([null, 0]);
    life.signal("stay", "x");
    await rest();
    expect(life.run.idle()).toEqual({ wakeAt: null, signals: ["go"] });
    expect(idles).toBeGreaterThan(0);
  });

  test("goes on in another life as if it had never been away, and executes nothing again", async () => {
    const W = workflow("W", schemas, async () => {
      const first = await Inc.run({ v: 1 });
      const answer = await waitFor("go");
      await sleep(100);
      return [first, answer, await Inc.run({ v: first })];
    });
    const clock = createManualClock();
    const first = live(W, { clock });
    await first.stopped;
    first.signal("go", "on");
    const second = live(W, { clock, disk: createDisk(first.disk) });
    expect(await second.stopped).toEqual({ state: "idle", idle: { wakeAt: clock.now() + 100, signals: [] } });
    clock.advance(100);
    const third = live(W, { clock, disk: createDisk(second.disk), onIdle: () => {} });
    await rest();
    clock.advance(0);
    expect(await third.stopped).toMatchObject({ end: { output: [2, "on", 3] } });
    expect(startedComponents(third.disk)).toEqual(["Inc", "Inc"]);
  });
});

describe("a run that can never go on fails as stuck", () => {
  const never = new Promise<null>(() => {});
  function Stuck(): ReactNode {
    return useReact(never);
  }

  test("and says what it waits for", async () => {
    const W = workflow("W", () => (
      <Sequence>
        <Echo v={1} />
        <Stuck />
        <Echo v={2} />
      </Sequence>
    ));
    await expect(outputOf(W)).rejects.toMatchObject({
      code: "stuck",
      message: expect.stringMatching(/run run.*waits for: .*Sequence/),
      details: { awaited: expect.arrayContaining(["Sequence"]) },
    });
  });

  test("also below a Suspense of React's own", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Echo v={1} />
        <Raw />
      </Parallel>
    ));
    function Raw(): ReactNode {
      return rawSuspense(<Stuck />);
    }
    await expect(outputOf(W)).rejects.toMatchObject({ code: "stuck" });
  });

  test("but not while a promise of React's own is to be resolved by something that executes", async () => {
    let arrive!: (value: string) => void;
    const arrives = new Promise<string>((resolve) => (arrive = resolve));
    const Brings = component("Brings", async () => {
      arrive("brought");
      return 1;
    });
    function Waits(): ReactNode {
      return <Echo v={useReact(arrives)} />;
    }
    const W = workflow("W", () => (
      <Parallel>
        <Brings />
        <Waits />
      </Parallel>
    ));
    expect(await outputOf(W)).toEqual([1, "brought"]);
  });
});

function rawSuspense(children: ReactNode): ReactNode {
  return <ReactSuspenseOnly>{children}</ReactSuspenseOnly>;
}
/** Past our JSX runtime, which would make it ours. */
const ReactSuspenseOnly = ({ children }: { children?: ReactNode }): ReactNode =>
  ({ ...(<Echo v={1} />), type: ReactSuspense, props: { children, fallback: null } }) as never;

describe("a run that is drained", () => {
  test("starts no further step, and says when those under way have ended and are written", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => (
      <Parallel>
        <Sequence>
          <Gate v="a" />
          <Inc v={1} />
        </Sequence>
        <Gate v="b">{(b) => <Inc v={Number(b)} />}</Gate>
      </Parallel>
    ));
    const life = live(W);
    await until(() => executions.length === 2);
    life.run.drain();
    executions[0]?.end.resolve("a");
    await rest();
    executions[1]?.end.resolve(10);
    expect(await life.stopped).toEqual({ state: "drained" });
    expect(startedComponents(life.disk)).toEqual(["Gate", "Gate"]);
    const next = live(W, { disk: createDisk(life.disk) });
    expect(await next.stopped).toMatchObject({ end: { output: [2, 11] } });
    expect(executions).toHaveLength(2);
  });

  test("at once, when nothing executes", async () => {
    const life = live(
      workflow("W", schemas, async () => waitFor("go")),
      { onIdle: () => {} },
    );
    await until(() => life.run.idle() !== null);
    life.run.drain();
    expect(await life.stopped).toEqual({ state: "drained" });
  });

  test("does not wait for a backoff, and starts no further attempt", async () => {
    const clock = createManualClock();
    const { Gate, executions } = createGate();
    const Retried = Gate.retry({ attempts: 3, initial: "1h", jitter: false });
    const W = workflow("W", () => use(Retried.run({})));
    const life = live(W, { clock, onIdle() {} });
    await until(() => executions.length === 1);
    executions[0]?.end.reject(new Error("no"));
    await rest();
    life.run.drain();
    expect(await life.stopped).toEqual({ state: "drained" });

    const failing = live(W, { clock, onIdle() {}, disk: createDisk(life.disk) });
    await rest();
    clock.advance(3_600_000);
    await until(() => executions.length === 2);
    failing.run.drain();
    executions[1]?.end.reject(new Error("no"));
    expect(await failing.stopped).toEqual({ state: "drained" });
    clock.advance(7_200_000);
    await rest();
    expect(executions).toHaveLength(2);
  });

  test("may end on the way", async () => {
    const { Gate, executions } = createGate();
    const life = live(workflow("W", () => use(Gate.run({}))));
    await until(() => executions.length === 1);
    life.run.drain();
    executions[0]?.end.resolve("done");
    expect(await life.stopped).toMatchObject({ end: { output: "done" } });
  });

  test("does not wait for a component that waits for a step which is not started any more", async () => {
    const { Gate, executions } = createGate();
    const Agent = component("Agent", async () => [await Gate.run({ v: 1 }), await Gate.run({ v: 2 })]);
    const life = live(workflow("W", () => use(Agent.run({}))));
    await until(() => executions.length === 1);
    life.run.drain();
    executions[0]?.end.resolve("one");
    expect(await life.stopped).toEqual({ state: "drained" });
    expect(executions).toHaveLength(1);
  });
});
