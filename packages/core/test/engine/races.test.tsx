/** @jsxImportSource @alder/core */
/** `race`, `settled` and `<Race>`: decided by the order in which results are applied (E2), and the losers end (E6). */
import { useEffect, useState, type ReactNode } from "react";
import { describe, expect, test } from "vitest";
import {
  all,
  Catch,
  component,
  type Json,
  Parallel,
  race,
  Race,
  Sequence,
  settled,
  Status,
  sleep,
  use,
  workflow,
} from "@alder/core";
import { Bad, createGate, Echo, Inc } from "./components.tsx";
import { sameAfterAnyCrash } from "./crash-everywhere.ts";
import { createDisk, eventsOf, live, outputOf, rest, startedComponents, until } from "./harness.ts";

describe("race in a render body", () => {
  test("gives the first result, and cancels the losers", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => {
      const first = use(race([Gate.run({ v: "a" }), Gate.run({ v: "b" })]));
      return [first, use(Gate.run({ v: "after" }))];
    });
    const life = live(W);
    await until(() => executions.length === 2);
    executions[1]?.end.resolve("b won");
    await until(() => executions.length === 3);
    expect(executions.map(({ v, signal }) => [v, signal.aborted])).toEqual([
      ["a", true],
      ["b", true],
      ["after", false],
    ]);
    executions[0]?.end.resolve("a is late");
    executions[2]?.end.resolve("done");
    expect(await life.stopped).toMatchObject({ end: { output: ["b won", "done"] } });
    expect(eventsOf(life.disk, "step.cancelled")).toHaveLength(1);
  });

  test("fails with the first when that is a failure", async () => {
    const { Gate } = createGate();
    const W = workflow("W", () => use(race([Gate.run({}), Bad.run({})])));
    const Boundary = workflow("Boundary", () => (
      <Catch fallback={(error) => <Echo v={error.message} />}>
        <W />
      </Catch>
    ));
    expect(await outputOf(Boundary)).toBe("bad");
  });

  test("a loser that is used afterwards is asked for again", async () => {
    const W = workflow("W", () => {
      const quick = Echo.run({ v: "quick" });
      const slow = Slow.run({ v: "slow" });
      const first = use(race([quick, slow]));
      return [first, use(slow)];
    });
    expect(await sameAfterAnyCrash(W)).toEqual(["quick", "slow"]);
  });

  test("within all() lets its losers go when it is decided, not when all are there", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () =>
      use(all([race([Gate.run({ v: "a" }), Gate.run({ v: "b" })]), Gate.run({ v: "c" })])),
    );
    const life = live(W);
    await until(() => executions.length === 3);
    executions[0]?.end.resolve("won");
    await rest();
    expect(executions.map(({ v, signal }) => [v, signal.aborted])).toContainEqual(["b", true]);
    executions[2]?.end.resolve("there");
    expect(await life.stopped).toMatchObject({ end: { output: ["won", "there"] } });
  });

  test("lets its losers go when it is decided, also while the body waits for something else", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => {
      const first = race([Gate.run({ v: "a" }), Gate.run({ v: "b" })]);
      return [use(Gate.run({ v: "c" })), use(first)];
    });
    const life = live(W);
    await until(() => executions.length === 3);
    executions[0]?.end.resolve("won");
    await rest();
    expect(executions.map(({ v, signal }) => [v, signal.aborted])).toContainEqual(["b", true]);
    executions[2]?.end.resolve("there");
    expect(await life.stopped).toMatchObject({ end: { output: ["there", "won"] } });
  });

  test("takes all() and calls by name, and can be a prop", async () => {
    const W = workflow("W", () => {
      const first = race({ both: all([Echo.run({ v: 1 }), Echo.run({ v: 2 })]), slow: Slow.run({ v: 3 }) });
      return <Echo v={first} />;
    });
    expect(await sameAfterAnyCrash(W)).toEqual([1, 2]);
  });

  test("as a prop lets the losers go once it is decided, whoever reads the journal", async () => {
    const { Gate, executions } = createGate("Loser");
    const W = workflow("W", () => (
      <Sequence>
        <Echo v={race([Echo.run({ v: "winner" }), Gate.run({})])} />
        <Inc v={1} />
      </Sequence>
    ));
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: 2 } });
    expect(executions[0]?.signal.aborted).toBe(true);
    const before = executions.length;
    const again = live(W, { disk: createDisk(life.disk) });
    expect(await again.stopped).toMatchObject({ end: { output: 2 } });
    expect(executions).toHaveLength(before);
  });
});

describe("race in an async body", () => {
  test("cancels the losers, who are told when they are awaited all the same", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", async () => {
      const slow = Gate.run({ v: "slow" });
      const first = await race([slow, Echo.run({ v: "quick" })]);
      const late = await slow.catch((error: unknown) => (error as { code: string }).code);
      return [first, late, await Inc.run({ v: 1 })];
    });
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: ["quick", "cancelled", 2] } });
    expect(executions[0]?.signal.aborted).toBe(true);
  });

  test("is the same after any crash", async () => {
    const W = workflow("W", async () => {
      const rounds: Json[] = [];
      for (let round = 0; round < 3; round++) {
        rounds.push(
          await race([Slow.run({ v: round }), Echo.run({ v: [round, "quick"] }), sleep("1h")] as never),
        );
      }
      return rounds;
    });
    expect(await sameAfterAnyCrash(W)).toEqual([
      [0, "quick"],
      [1, "quick"],
      [2, "quick"],
    ]);
  });

  test("of which nobody awaits the result still lets its losers go", async () => {
    const { Gate, executions } = createGate();
    const Outer = component("Outer", async () => {
      void race([Gate.run({}), Echo.run({ v: 1 })]);
      await Slow.run({ v: 2 });
      return executions[0]?.signal.aborted ?? null;
    });
    expect(await outputOf(workflow("W", () => use(Outer.run({}))))).toBe(true);
  });
});

describe("settled", () => {
  test("waits for all and gives what each has come to, as data", async () => {
    const W = workflow("W", () => use(settled({ bad: Bad.run({}), good: Slow.run({ v: 1 }) })));
    expect(await sameAfterAnyCrash(W)).toEqual({
      bad: { status: "rejected", error: { name: "Error", message: "bad", code: null, step: "Bad" } },
      good: { status: "fulfilled", value: 1 },
    });
  });

  test("as a prop does not fail with its members", async () => {
    const W = workflow("W", () => <Echo v={settled([Bad.run({ v: 1 }), Echo.run({ v: 2 })])} />);
    expect(await sameAfterAnyCrash(W)).toMatchObject([
      { status: "rejected" },
      { status: "fulfilled", value: 2 },
    ]);
  });

  test("in an async body", async () => {
    const W = workflow("W", async () => settled([Bad.run({ v: 1 }), Echo.run({ v: 2 })]));
    expect(await sameAfterAnyCrash(W)).toMatchObject([
      { status: "rejected" },
      { status: "fulfilled", value: 2 },
    ]);
  });
});

describe("<Race>", () => {
  test("has the winner's value, and the losers are cancelled", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => (
      <Sequence>
        <Race>
          <Gate v="a" />
          <Sequence>
            <Gate v="b" />
            <Gate v="c" />
          </Sequence>
        </Race>
        <Gate v="after" />
      </Sequence>
    ));
    const Values = workflow("Values", () => (
      <Race>
        <Echo v="x" />
        <Gate v="never" />
      </Race>
    ));
    const life = live(W);
    await until(() => executions.length === 2);
    executions[1]?.end.resolve(1);
    await until(() => executions.length === 3);
    executions[0]?.end.resolve("a");
    await until(() => executions.length === 4);
    expect(executions[2]?.signal.aborted).toBe(true);
    executions[3]?.end.resolve("end");
    expect(await life.stopped).toMatchObject({ end: { output: "end" } });
    expect(await outputOf(Values)).toBe("x");
  });

  test("is decided the same way after any crash", async () => {
    const W = workflow("W", () => (
      <Parallel>
        <Race key="one">
          <Later v="a" />
          <Echo v="b">{(v) => <Echo v={[v, "then"]} />}</Echo>
          <Echo v="c" />
        </Race>
        <Race key="two">
          <Sequence>
            <Later v="d" />
            <Later v="e" />
          </Sequence>
          <Later v="f" />
        </Race>
      </Parallel>
    ));
    expect(await sameAfterAnyCrash(W)).toEqual(["c", "f"]);
  });

  test("fails with the first that fails before another is done", async () => {
    const W = workflow("W", () => (
      <Catch fallback={(error) => <Echo v={error.message} />}>
        <Race>
          <Slow v="a" />
          <Bad v={1} />
        </Race>
      </Catch>
    ));
    expect(await sameAfterAnyCrash(W)).toBe("bad 1");
  });

  test("goes on with its winner as it is, which says nothing twice (E5)", async () => {
    const W = workflow("W", () => (
      <Race>
        <Sequence>
          <Status>first</Status>
          <Echo v={1} />
          <Status>second</Status>
          <Echo v={2} />
        </Sequence>
        <Never />
      </Race>
    ));
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: 2 } });
    expect(eventsOf(life.disk, "status").map(({ message }) => message)).toEqual(["first", "second"]);
  });

  test("whose winner is moved by a child that comes before it still has its value", async () => {
    const { Gate, executions } = createGate();
    const Late = component("Late", async () => "late");
    let comeLate!: () => void;
    function Grows(): ReactNode {
      const [isLate, setLate] = useState(false);
      useEffect(() => void (comeLate = () => setLate(true)), []);
      return (
        <Race>
          {isLate ? <Late key="late" /> : null}
          <Echo key="winner" v="winner" />
          <Never key="never" />
        </Race>
      );
    }
    const W = workflow("W", () => (
      <Parallel>
        <Grows />
        <Gate />
      </Parallel>
    ));
    const life = live(W);
    await until(() => eventsOf(life.disk, "step.cancelled").length === 1);
    comeLate();
    await rest();
    executions[0]?.end.resolve("end");
    expect(await life.stopped).toMatchObject({ end: { output: ["winner", "end"] } });
    expect(startedComponents(life.disk)).not.toContain("Late");
  });

  test("without children has no value", async () => {
    expect(await outputOf(workflow("W", () => <Race />))).toBeNull();
  });
});

/** Later than whatever moves by itself, on however slow a machine. */
const Later = component("Later", async ({ v }: { v: Json }): Promise<Json> => {
  await sleep("1s");
  return v;
});

const Never = component("Never", () => new Promise<null>(() => {}));

/** Takes many turns of the event loop. */
const Slow = component("Slow", async ({ v }: { v: Json }): Promise<Json> => {
  await rest();
  return v;
});
