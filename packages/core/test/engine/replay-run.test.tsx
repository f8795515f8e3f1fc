/** @jsxImportSource @alder/core */
// A replay of the whole journal tells what would be executed again, and of sound runs nothing (E1, E2, E5).
import {
  all,
  Catch,
  component,
  now,
  Parallel,
  Race,
  race,
  random,
  Retry,
  Sequence,
  sleep,
  Status,
  Timeout,
  use,
  waitFor,
  workflow,
} from "@alder/core";
import { useState } from "react";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { describeReplay } from "../../src/engine/describe-replay.ts";
import type { ReplayDifference } from "../../src/engine/replay-run.ts";
import type { RunEnd } from "../../src/engine/run.ts";
import {
  live,
  replayOf,
  startedComponents,
  until,
  type AnyWorkflow,
  type Disk,
  type Life,
} from "./harness.ts";

const Echo = component("Echo", async ({ value }: { value: string | number }) => value);
const Fail = component("Fail", async ({ text }: { text: string }): Promise<string> => {
  throw new TypeError(text);
});
const Hang = component("Hang", () => new Promise<string>(() => {}));
const UntilAborted = component(
  "UntilAborted",
  (_: {}, { signal }) =>
    new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("over"))),
);

/** What makes a body impure: another value every time it is asked. */
let counter = 0;
const impure = (): number => ++counter;

interface Ended {
  readonly disk: Disk;
  readonly end: RunEnd;
}

async function endedRun(aWorkflow: AnyWorkflow, during?: (life: Life) => void): Promise<Ended> {
  const clock = createManualClock();
  const life = live(aWorkflow, {
    clock,
    onIdle(_life, { wakeAt }) {
      if (wakeAt !== null) clock.advance(Math.max(1, wakeAt - clock.now()));
    },
  });
  during?.(life);
  const stopped = await life.stopped;
  if (stopped.state !== "ended") throw new Error(`did not end: ${stopped.state}`);
  return { disk: life.disk, end: stopped.end };
}

async function replayed(
  aWorkflow: AnyWorkflow,
  during?: (life: Life) => void,
): Promise<ReplayDifference | null> {
  const { disk, end } = await endedRun(aWorkflow, during);
  const before = structuredClone(disk);
  const difference = await replayOf(aWorkflow, disk, end);
  expect(disk, "a replay writes nothing").toEqual(before);
  return difference;
}

describe("a sound run leads where it went", () => {
  const Flaky = component("Flaky", async (_: {}, step) => {
    if (step.attempt < 3) throw new Error("not yet");
    return step.attempt;
  }).retry({ attempts: 5, initial: "1m" });
  const Outer = component("Outer", async () => {
    await Echo.run({ value: Math.random() });
    return `outer ${(await Echo.run({ value: 2 })) as number}`;
  });
  const Inner = workflow("inner", ({ value }: { value: string }) => <Echo value={`${value}, nested`} />);
  const Doomed = workflow("doomed", async () => Fail.run({ text: "in a nested workflow" }));

  const sound: Record<string, readonly [AnyWorkflow, ((life: Life) => void)?]> = {
    "a chain": [workflow("chain", async () => Echo.run({ value: await Echo.run({ value: 1 }) }))],
    "plain values": [
      workflow("values", async () => {
        await Echo.run({ value: random() });
        return Echo.run({ value: now() });
      }),
    ],
    "a race": [workflow("racing", async () => race([sleep("1h"), Echo.run({ value: "fast" })]))],
    "a race of elements": [
      workflow("racing-elements", () => (
        <Race>
          <Hang />
          <Echo value="fast" />
        </Race>
      )),
    ],
    retries: [workflow("retrying", () => <Flaky />)],
    "a retry around": [
      workflow("retry-around", () => (
        <Catch fallback={<Echo value="gave up" />}>
          <Retry attempts={3}>
            <Fail text="always" />
          </Retry>
        </Catch>
      )),
    ],
    timers: [
      workflow("timers", async () => {
        await sleep("1d");
        await Echo.run({ value: 1 });
        await sleep("2d");
      }),
    ],
    "a timeout": [
      workflow("timeout", () => (
        <Catch fallback={(error) => <Echo value={error.name} />}>
          <Timeout after="1m">
            <Sequence>
              <Echo value="begun" />
              <Waiting />
            </Sequence>
          </Timeout>
        </Catch>
      )),
    ],
    "a failed run": [
      workflow("failing", () => (
        <Parallel>
          <Hang />
          <Fail text="no" />
        </Parallel>
      )),
    ],
    "a stuck run": [
      workflow("stuck", () => {
        use(Echo.run({ value: 1 }));
        throw new Promise(() => {});
      }),
    ],
    "a cancelled run": [
      workflow("cancelled", async () => {
        await Echo.run({ value: 1 });
        await UntilAborted.run({});
      }),
      (life) => {
        void until(() => startedComponents(life.disk).includes("UntilAborted")).then(() => life.run.cancel());
      },
    ],
    "nested workflows": [
      workflow("nesting", async () => [
        await Inner.run({ value: "a" }),
        await Doomed.run().catch((error) => (error as Error).message),
      ]),
    ],
    "components that call components": [workflow("calling", () => <Outer />)],
    signals: [
      workflow("signals", { input: z.object({}), signals: { go: z.string() } }, async () => [
        await waitFor("go"),
        await Echo.run({ value: 1 }),
        await waitFor("go"),
      ]),
      (life) => {
        life.signal("go", "one");
        life.signal("go", "two");
        life.signal("go", "three, which nobody takes");
      },
    ],
    "what is said": [
      workflow("saying", () => (
        <Sequence>
          <Status>first</Status>
          <Echo value={1} />
          <Status>second</Status>
          <Echo value={2} />
        </Sequence>
      )),
    ],
    "calls as props": [
      workflow("as-props", () => {
        const first = Echo.run({ value: 1 });
        return use(all([Echo.run({ value: first }, { key: "a" }), Echo.run({ value: first }, { key: "b" })]));
      }),
    ],
  };
  const Waiting = workflow("waiting", async () => {
    await sleep("1d");
  });

  test.each(Object.entries(sound))("%s", async (_, [aWorkflow, during]) => {
    const difference = await replayed(aWorkflow, during);
    expect(difference === null ? "" : describeReplay(difference)).toBe("");
  });
});

describe("what would be executed again is told", () => {
  test("a prop that is another one every time, with both values", async () => {
    const Stamped = workflow("stamped", async () => {
      await Echo.run({ value: "sound" });
      return Echo.run({ value: impure() });
    });
    const difference = await replayed(Stamped);
    expect(difference).toMatchObject({
      workflow: "stamped",
      changed: [{ step: "Echo", was: { value: counter - 1 }, now: { value: counter } }],
      notAsked: [],
      notFinished: [],
    });
    const text = describeReplay(difference!);
    expect(text).toContain(`journal  ${counter - 1}`);
    expect(text).toContain(`now      ${counter}`);
    expect(text).toContain("use now()");
  });

  test("in an element", async () => {
    const Stamped = workflow("stamped-element", () => <Echo value={impure()} />);
    expect(await replayed(Stamped)).toMatchObject({
      changed: [{ step: "Echo", workflow: "stamped-element" }],
    });
  });

  test("in the props of a nested workflow, once for all below it", async () => {
    const Below = workflow("below", async ({ at }: { at: number }) => Echo.run({ value: `at ${at}` }));
    const Above = workflow("above", async () => Below.run({ at: impure() }));
    const difference = await replayed(Above);
    expect(difference?.changed).toMatchObject([{ step: "below", workflow: "above" }]);
    expect(describeReplay(difference!)).not.toContain("Echo");
  });

  test("a branch that is not taken again: what has finished, and what would be begun", async () => {
    const Other = component("Other", async () => "other");
    const Branching = workflow("branching", async () =>
      impure() % 2 === 0 ? Echo.run({ value: 1 }) : Other.run({}),
    );
    const difference = await replayed(Branching);
    const names = new Set([difference?.notAsked[0]?.name, difference?.notFinished[0]?.name]);
    expect(names).toEqual(new Set(["Echo", "Other"]));
    expect(describeReplay(difference!)).toMatch(/has finished, and is not asked for/);
  });

  test("state of React's that does not survive", async () => {
    const Counting = workflow("counting", () => {
      const [seed] = useState(impure);
      return <Echo value={seed} />;
    });
    expect(await replayed(Counting)).toMatchObject({ changed: [{ step: "Echo" }] });
  });

  test("a wait until another time", async () => {
    const Sleepy = workflow("sleepy", async () => {
      await sleep(1000 + impure());
    });
    expect(await replayed(Sleepy)).toMatchObject({ changed: [{ step: "Sleep" }] });
  });

  test("another output, and another failure", async () => {
    const Output = workflow("output", async () => ({ first: await Echo.run({ value: 1 }), at: impure() }));
    expect(await replayed(Output)).toMatchObject({
      changed: [],
      end: { was: { status: "completed" }, is: { status: "completed" } },
    });
    const Failing = workflow("failing-otherwise", async () => {
      await Echo.run({ value: 1 });
      throw new Error(`failure ${impure()}`);
    });
    const difference = await replayed(Failing);
    expect(describeReplay(difference!)).toMatch(
      /The run failed with Error: failure \d+; the replay failed with/,
    );
  });

  test("what would be said a second time", async () => {
    const Chatty = workflow("chatty", () => <Status>{`it is ${impure()}`}</Status>);
    expect(await replayed(Chatty)).toMatchObject({ said: [{ type: "status" }], changed: [], end: null });
  });

  test("a step of a run that has failed", async () => {
    const Failing = workflow("failing-impure", async () => Fail.run({ text: `at ${impure()}` }));
    expect(await replayed(Failing)).toMatchObject({ changed: [{ step: "Fail" }] });
  });
});

test("a replay that is given up stays silent", async () => {
  let executed = 0;
  const Plain = workflow("plain", async () => {
    executed++;
    return Echo.run({ value: 1 });
  });
  const { disk, end } = await endedRun(Plain);
  expect(await replayOf(Plain, disk, end)).toBeNull();
  expect(executed).toBe(2);
});
