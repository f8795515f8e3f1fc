/** @jsxImportSource @alder/core */
/** <Fallback> tries its children in order; what a new attempt around it clears is all of them (E7). */
import { beforeEach, describe, expect, test } from "vitest";
import {
  Catch,
  component,
  Fallback,
  Parallel,
  Retry,
  Sequence,
  Status,
  Timeout,
  workflow,
  type Component,
  type Json,
} from "@alder/core";
import { createTestRun, expectRecovery } from "@alder/core/testing";
import type { ReactNode } from "react";
import { createGate } from "./components.tsx";
import { createDisk, eventsOf, live, outputOf, until } from "./harness.ts";
import { retried } from "./later-lives.ts";

/** What was executed, in order. */
let executed: string[] = [];
let broken = new Set<string>();
beforeEach(() => {
  executed = [];
  broken = new Set(["A"]);
});

const step = (name: string): Component<{ v?: Json }, Json> =>
  component(name, async ({ v = name }: { v?: Json }) => {
    executed.push(name);
    if (broken.has(name)) throw new Error(`${name} is broken`);
    return v;
  });
const A = step("A");
const B = step("B");
const C = step("C");

const tree = (body: () => ReactNode) => workflow("W", body as never);

const ABC = tree(() => (
  <Fallback>
    <A />
    <B />
    <C />
  </Fallback>
));

describe("children that fail", () => {
  test("are followed by the next, until one does not", async () => {
    expect(await outputOf(ABC)).toBe("B");
    expect(executed).toEqual(["A", "B"]);
    executed = [];
    broken = new Set();
    expect(await outputOf(ABC)).toBe("A");
    expect(executed).toEqual(["A"]);
  });

  test("all of them, make it fail with the last error, the others as its cause", async () => {
    broken = new Set(["A", "B", "C"]);
    const failure = await outputOf(ABC).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: "C is broken",
      step: "C",
      cause: { errors: [{ message: "A is broken" }, { message: "B is broken" }] },
    });
    expect(executed).toEqual(["A", "B", "C"]);
    const Two = tree(() => (
      <Fallback>
        <A />
        <B />
      </Fallback>
    ));
    const error = await outputOf(Two).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "B is broken", cause: { message: "A is broken" } });
  });

  test("may be whole trees: what is under way in one that has failed is cancelled", async () => {
    const { Gate, executions } = createGate();
    const Late = component("Late", async () => {
      await until(() => executions.length === 1);
      throw new Error("late");
    });
    const W = tree(() => (
      <Fallback>
        <Parallel>
          <Gate />
          <Late />
        </Parallel>
        <Sequence>
          <B v={1} />
          <C v={2} />
        </Sequence>
      </Fallback>
    ));
    const life = live(W);
    expect(await life.stopped).toMatchObject({ end: { output: 2 } });
    expect(executions[0]!.signal.aborted).toBe(true);
    expect(eventsOf(life.disk, "step.cancelled")).toHaveLength(1);
  });

  test("may be equal: each is a step of its own", async () => {
    let tries = 0;
    const Flaky = component("Flaky", async () => {
      if (++tries < 3) throw new Error("not yet");
      return tries;
    });
    const W = tree(() => (
      <Fallback>
        <Flaky />
        <Flaky />
        <Flaky />
      </Fallback>
    ));
    expect(await outputOf(W)).toBe(3);
  });

  test("may fail by themselves, or take too long", async () => {
    const Throws = (): ReactNode => {
      throw new Error("no step");
    };
    const { Gate } = createGate();
    const W = tree(() => (
      <Fallback>
        <Throws />
        <Timeout after="1s">
          <Gate />
        </Timeout>
        <B />
      </Fallback>
    ));
    const run = createTestRun(W as never, {});
    await run.clock.advance("1s");
    expect(await run.output()).toBe("B");
  });

  test("may come and go: what has failed is known by its place or key", async () => {
    const Names = component("Names", async () => ["A", "B"]);
    const W = tree(() => (
      <Sequence>
        <Names>
          {(names) => (
            <Fallback>
              {names.includes("x") && <C key="first" />}
              {names.map((name) => (name === "A" ? <A key={name} /> : <B key={name} />))}
            </Fallback>
          )}
        </Names>
      </Sequence>
    ));
    expect(await outputOf(W)).toBe("B");
    const Twice = tree(() => (
      <Fallback>
        <A key="same" />
        <B key="same" />
      </Fallback>
    ));
    await expect(outputOf(Twice)).rejects.toMatchObject({ code: "duplicate_key" });
  });

  test("none at all is no value", async () => {
    expect(await outputOf(tree(() => <Fallback />))).toBeNull();
  });

  test("says what is said in the child that is tried, and nests", async () => {
    const W = tree(() => (
      <Fallback>
        <Fallback>
          <A />
          <>
            <Status>second</Status>
            <A v={2} />
          </>
        </Fallback>
        <>
          <Status>third</Status>
          <B />
        </>
      </Fallback>
    ));
    const life = live(W, { strict: true });
    expect(await life.stopped).toMatchObject({ end: { output: "B" } });
    expect(eventsOf(life.disk, "status").map(({ message }) => message)).toEqual(["second", "third"]);
    expect(executed).toEqual(["A", "A", "B"]);
  });
});

describe("after a crash", () => {
  test("it comes to the same, wherever the owner dies (E2)", async () => {
    broken = new Set(["A", "B"]);
    const { output, crashes } = await expectRecovery(ABC as never, {});
    expect(output).toBe("C");
    expect(crashes).toBeGreaterThan(4);
  });

  test("what has failed is not tried again (E1)", async () => {
    const life = live(ABC, { onWrite: (_, entry) => (entry.t === "err" ? "kept" : undefined) });
    await life.stopped;
    executed = [];
    expect(await outputOf(ABC, { disk: createDisk(life.disk) })).toBe("B");
    expect(executed).toEqual(["B"]);
  });
});

describe("a new attempt of what is around it (E7)", () => {
  const W = tree(() => (
    <Retry attempts={2}>
      <Fallback>
        <A />
        <B />
        <C />
      </Fallback>
    </Retry>
  ));

  test("begins with the first again, after all have failed", async () => {
    broken = new Set(["A", "B", "C"]);
    const life = live(W, {
      onWrite(_, entry) {
        if (entry.t === "err" && entry.name === "C") broken = new Set(["A"]);
        return undefined;
      },
    });
    expect(await life.stopped).toMatchObject({ end: { output: "B" } });
    expect(executed).toEqual(["A", "B", "C", "A", "B"]);
  });

  test("of the run clears all of them, as they lie on the uncaught path", async () => {
    broken = new Set(["A", "B", "C"]);
    const first = live(ABC);
    const failed = await first.stopped;
    expect(failed).toMatchObject({ end: { status: "failed" } });
    executed = [];
    broken = new Set();
    const second = live(ABC, { disk: retried(first.disk, failed) });
    expect(await second.stopped).toMatchObject({ end: { output: "A" } });
    expect(executed).toEqual(["A"]);
  });

  test("of the run keeps what was caught and done without", async () => {
    const Program = tree(() => (
      <Sequence>
        <Fallback>
          <A />
          <B />
        </Fallback>
        <C />
      </Sequence>
    ));
    broken = new Set(["A", "C"]);
    const first = live(Program);
    const failed = await first.stopped;
    executed = [];
    broken = new Set();
    const second = live(Program, { disk: retried(first.disk, failed) });
    expect(await second.stopped).toMatchObject({ end: { output: "C" } });
    expect(executed).toEqual(["C"]);
  });
});

test("a Catch around it is given the last error", async () => {
  broken = new Set(["A", "B"]);
  const W = tree(() => (
    <Catch fallback={(error) => <C v={`${error.step}: ${error.message}`} />}>
      <Fallback>
        <A />
        <B />
      </Fallback>
    </Catch>
  ));
  expect(await outputOf(W)).toBe("B: B is broken");
});
