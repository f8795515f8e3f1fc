/** @jsxImportSource @alder/core */
/** E7: what a new attempt of a `<Retry>` forgets, and what it keeps. */
import type { ReactNode } from "react";
import { beforeEach, describe, expect, test } from "vitest";
import {
  Catch,
  component,
  type Json,
  Parallel,
  Race,
  render,
  Retry,
  Sequence,
  Timeout,
  use,
  workflow,
} from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, Echo } from "./components.tsx";
import type { EventBody } from "../../src/protocol/events.ts";
import {
  crashedAfter,
  createDisk,
  eventsOf,
  live,
  outputOf,
  rest,
  until,
  type AnyWorkflow,
  type Stopped,
} from "./harness.ts";

const executions = new Map<string, number>();
beforeEach(() => executions.clear());

function count(name: string): number {
  const next = (executions.get(name) ?? 0) + 1;
  executions.set(name, next);
  return next;
}

/** Fails so many times. */
const Flaky = component("Flaky", async ({ v, fails }: { v: string; fails: number }) => {
  if (count(v) <= fails) throw new Error(`${v} failed`);
  return v;
});
const Once = component("Once", async ({ v }: { v: string }) => {
  count(v);
  return v;
});

test("a failed step is executed again, and finished siblings are not", async () => {
  const W = workflow("W", () => (
    <Retry attempts={3}>
      <Parallel>
        <Once v="sibling" />
        <Flaky v="flaky" fails={2} />
      </Parallel>
    </Retry>
  ));
  expect(await outputOf(W)).toEqual(["sibling", "flaky"]);
  expect([...executions]).toEqual([
    ["sibling", 1],
    ["flaky", 3],
  ]);
});

test("siblings in flight go on", async () => {
  const { Gate, executions: gates } = createGate();
  const W = workflow("W", () => (
    <Retry>
      <Parallel>
        <Gate />
        <Flaky v="flaky" fails={1} />
      </Parallel>
    </Retry>
  ));
  const life = live(W);
  await until(() => executions.get("flaky") === 2);
  await rest();
  expect(gates).toHaveLength(1);
  expect(gates[0]?.signal.aborted).toBe(false);
  gates[0]?.end.resolve("gate");
  expect(await life.stopped).toMatchObject({ end: { output: ["gate", "flaky"] } });
});

test("after the last attempt the failure goes on to the nearest Catch", async () => {
  const W = workflow("W", () => (
    <Catch fallback={(error) => <Echo v={error.message} />}>
      <Retry attempts={2}>
        <Flaky v="flaky" fails={9} />
      </Retry>
    </Catch>
  ));
  expect(await outputOf(W)).toBe("flaky failed");
  expect(executions.get("flaky")).toBe(2);
});

test("one inside another has its attempts anew in each of the other's", async () => {
  const W = workflow("W", () => (
    <Retry attempts={2}>
      <Retry attempts={2}>
        <Flaky v="flaky" fails={3} />
      </Retry>
    </Retry>
  ));
  expect(await outputOf(W)).toBe("flaky");
  expect(executions.get("flaky")).toBe(4);
});

test("the retries of the component begin anew, too", async () => {
  const Patient = Flaky.retry({ attempts: 2, initial: 0 });
  const W = workflow("W", () => (
    <Retry attempts={2}>
      <Patient v="flaky" fails={3} />
    </Retry>
  ));
  expect(await outputOf(W, { onIdle() {} })).toBe("flaky");
  expect(executions.get("flaky")).toBe(4);
});

test("what failed below the step is executed again, what finished below is kept", async () => {
  const Outer = component("Outer", async () => {
    count("outer");
    return [await Once.run({ v: "kept" }), await Flaky.run({ v: "inner", fails: 1 })];
  });
  const Nested = workflow("Nested", () => [
    use(Once.run({ v: "first" })),
    use(Flaky.run({ v: "nested", fails: 1 })),
  ]);
  const W = workflow("W", () => (
    <Retry attempts={3}>
      <Parallel>
        <Outer />
        <Nested />
      </Parallel>
    </Retry>
  ));
  expect(await outputOf(W)).toEqual([
    ["kept", "inner"],
    ["first", "nested"],
  ]);
  expect(Object.fromEntries(executions)).toEqual({ outer: 2, kept: 1, inner: 2, first: 1, nested: 2 });
});

test("a pending prop that failed is executed again with what it made fail", async () => {
  const W = workflow("W", () => {
    const flaky = Flaky.run({ v: "prop", fails: 1 });
    return (
      <Retry>
        <Echo v={flaky} />
      </Retry>
    );
  });
  expect(await outputOf(W)).toBe("prop");
});

test("an error of the tree itself would come again, and goes on at once", async () => {
  let renders = 0;
  const Broken = (): ReactNode => {
    renders++;
    throw new Error("of the tree");
  };
  const W = workflow("W", () => (
    <Catch fallback={(error) => <Echo v={error.message} />}>
      <Retry attempts={5}>
        <Broken />
      </Retry>
    </Catch>
  ));
  expect(await outputOf(W)).toBe("of the tree");
  expect(renders).toBeLessThan(5);
});

test("two failures under one boundary are two attempts", async () => {
  const W = workflow("W", () => (
    <Catch fallback={(error) => <Echo v={error.message} />}>
      <Retry attempts={3}>
        <Parallel>
          <Flaky v="a" fails={1} />
          <Flaky v="b" fails={1} />
        </Parallel>
      </Retry>
    </Catch>
  ));
  expect(await outputOf(W)).toEqual(["a", "b"]);
});

test("bad attempts are refused with what to give", async () => {
  const W = workflow("W", () => (
    <Retry attempts={0}>
      <Once v="x" />
    </Retry>
  ));
  await expect(outputOf(W)).rejects.toMatchObject({ code: "bad_policy" });
});

test("in a Race it does not keep the others from winning", async () => {
  const W = workflow("W", () => (
    <Race>
      <Retry attempts={50}>
        <Flaky v="never" fails={1000} />
      </Retry>
      <Sequence>
        <Once v="one" />
        <Once v="two" />
      </Sequence>
    </Race>
  ));
  expect(await outputOf(W)).toBe("two");
});

describe("<Timeout>", () => {
  test("cancels its children, and fails with timeout", async () => {
    const clock = createManualClock();
    const { Gate, executions: gates } = createGate();
    const W = workflow("W", () => (
      <Catch fallback={(error) => <Echo v={[error.code, error.step] as Json} />}>
        <Timeout after="2m">
          <Gate />
        </Timeout>
      </Catch>
    ));
    const life = live(W, { clock });
    await until(() => gates.length === 1);
    clock.advance(119_999);
    await rest();
    expect(gates[0]?.signal.aborted).toBe(false);
    clock.advance(1);
    expect(await life.stopped).toMatchObject({ end: { output: ["timeout", "Timeout"] } });
    expect(gates[0]?.signal.aborted).toBe(true);
  });

  test("ends with its children, whose value is its own", async () => {
    const clock = createManualClock();
    const { Gate, executions: gates } = createGate();
    const W = workflow("W", () => (
      <Sequence>
        <Timeout after="2m">
          <Gate v={1} />
        </Timeout>
        <Gate v={2} />
      </Sequence>
    ));
    const life = live(W, { clock });
    await until(() => gates.length === 1);
    gates[0]?.end.resolve("in time");
    await until(() => gates.length === 2);
    clock.advance(200_000);
    await rest();
    expect(gates[1]?.signal.aborted).toBe(false);
    gates[1]?.end.resolve("later");
    expect(await life.stopped).toMatchObject({ end: { output: "later" } });
    expect(
      await outputOf(
        workflow("V", () => (
          <Timeout after={1000}>
            <Echo v="own" />
          </Timeout>
        )),
      ),
    ).toBe("own");
  });

  test("in a Retry each attempt has the whole time", async () => {
    const clock = createManualClock();
    const { Gate, executions: gates } = createGate();
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <Timeout after="1m">
          <Gate />
        </Timeout>
      </Retry>
    ));
    const life = live(W, { clock });
    await until(() => gates.length === 1);
    clock.advance(60_000);
    await until(() => gates.length === 2);
    expect(gates[0]?.signal.aborted).toBe(true);
    clock.advance(59_999);
    await rest();
    gates[1]?.end.resolve("second");
    expect(await life.stopped).toMatchObject({ end: { output: "second" } });
    expect(eventsOf(life.disk, "step.failed")).toEqual([]);
  });

  test("in the tree of a component that is tried again it begins anew", async () => {
    const clock = createManualClock();
    const { Gate, executions: gates } = createGate();
    const Treed = component("Treed", async () => {
      const tree = (
        <Timeout after="1m">
          <Gate />
        </Timeout>
      );
      return (await render(tree)) as Json;
    }).retry({ attempts: 2, initial: 0 });
    const life = live(
      workflow("W", () => use(Treed.run())),
      { clock, onIdle() {} },
    );
    await until(() => gates.length === 1);
    clock.advance(50_000);
    gates[0]?.end.reject(new Error("no"));
    await until(() => gates.length === 2);
    clock.advance(50_000);
    await rest();
    gates[1]?.end.resolve("second");
    expect(await life.stopped).toMatchObject({ end: { output: "second" } });
  });

  test("lends its key to the steps inside, and equal ones are told apart", async () => {
    const W = workflow("W", () => (
      <Parallel>
        {["a", "b"].map((key) => (
          <Timeout key={key} after="1m">
            <Once v="same" />
          </Timeout>
        ))}
      </Parallel>
    ));
    expect(await outputOf(W)).toEqual(["same", "same"]);
    expect(executions.get("same")).toBe(2);
  });

  test.each(["0s", "soon", -1])("after %s is refused", async (after) => {
    const W = workflow("W", () => (
      <Timeout after={after as never}>
        <Once v="x" />
      </Timeout>
    ));
    await expect(outputOf(W)).rejects.toMatchObject({ code: "bad_duration" });
  });
});

describe("what was cut off by a Timeout begins anew in the next attempt, its tries with it", () => {
  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

  /** The lives of a program whose clock goes on when nothing else moves; each ends at its first `crashAt`-th write. */
  async function lived(W: AnyWorkflow, crashAt?: number): Promise<{ output: Json; events: EventBody[] }> {
    const clock = createManualClock();
    const onIdle = (): void => clock.advance((clock.nextTimerAt() ?? 0) - clock.now());
    if (crashAt === undefined) {
      const life = live(W, { clock, onIdle });
      const stopped = await life.stopped;
      return { output: outputIn(stopped), events: life.disk.events };
    }
    const disk = await crashedAfter(W, crashAt, { clock, onIdle });
    const life = live(W, { clock, onIdle, disk });
    return { output: outputIn(await life.stopped), events: life.disk.events };
  }

  const outputIn = (stopped: Stopped): Json =>
    stopped.state === "ended" && stopped.end.status === "completed"
      ? stopped.end.output
      : `${stopped.state}: ${String(stopped.state === "ended" && stopped.end.status === "failed" ? stopped.end.error : "")}`;

  test.each([undefined, 1, 2, 3])("crashed at write %s", async (crashAt) => {
    // Fails, rests for longer than the first attempt of the boundary lasts, and fails once more in the next.
    const Twice = component("Twice", async (_: {}, step) => {
      count("twice");
      if (step.attempt < 2) throw new Error("not yet");
      return `attempt ${step.attempt}`;
    }).retry({ attempts: 2, initial: "5s", backoff: "constant", jitter: false });
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <Timeout after="3s">
          <Twice />
        </Timeout>
      </Retry>
    ));
    const { output } = await lived(W as AnyWorkflow, crashAt);
    expect(output).toContain("took longer");
    // Once in each attempt: with what was left of its tries it would go on where it was, and succeed.
    expect(executions.get("twice")).toBe(2);
  });

  test("also what failed inside the component that was cut off", async () => {
    const Outer = component("Outer", async (_: {}, step) => {
      const inner = await Flaky.run({ v: "inner", fails: 1 }).catch(() => "failed");
      if (count("outer") === 1) await never(step.signal);
      return inner;
    });
    const W = workflow("W", () => (
      <Retry attempts={2}>
        <Timeout after="3s">
          <Outer />
        </Timeout>
      </Retry>
    ));
    const clock = createManualClock();
    const life = live(W, { clock, onIdle() {} });
    await until(() => executions.get("outer") === 1);
    await rest();
    clock.advance(3000);
    expect(outputIn(await life.stopped)).toBe("inner");
    expect(executions.get("inner")).toBe(2);
  });
});

test("a step in flight goes on, and the tries it has are those of the component's new attempt, before and after a crash", async () => {
  const lives = { gates: createGate("Slow"), outer: 0 };
  const Slow = lives.gates.Gate.retry({ attempts: 2, initial: 0, jitter: false });
  const Outer = component("Outer", async () => {
    lives.outer++;
    const slow = Slow.run({});
    if (lives.outer === 1) {
      await until(() => lives.gates.executions.length === 2);
      throw new Error("once");
    }
    return await slow;
  }).retry({ attempts: 2, initial: 0, jitter: false });
  const W = workflow("W", async () => await Outer.run());
  const first = live(W, { onIdle() {} });
  const { executions: gates } = lives.gates;
  await until(() => gates.length === 1);
  gates[0]?.end.reject(new Error("first"));
  await until(() => lives.outer === 2);
  await rest();
  const crashed = createDisk(first.disk);

  // Live: the second failure is the first of this attempt.
  gates[1]?.end.reject(new Error("second"));
  await until(() => gates.length === 3);
  gates[2]?.end.resolve("live");
  expect(await first.stopped).toMatchObject({ end: { output: "live" } });

  // After a crash: the same.
  const second = live(W, { disk: crashed, onIdle() {} });
  await until(() => gates.length === 4);
  gates[3]?.end.reject(new Error("second"));
  await until(() => gates.length === 5);
  gates[4]?.end.resolve("recovered");
  expect(await second.stopped).toMatchObject({ end: { output: "recovered" } });
});
