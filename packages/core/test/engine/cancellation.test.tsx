/** @jsxImportSource @alder/core */
/** E6: when a component, branch or run ends, what it started and nobody waits for is cancelled. */
import { useEffect, useState, type ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { all, Catch, component, type Json, Parallel, Suspense, use, workflow } from "@alder/core";
import { Bad, createGate, Echo, Inc } from "./components.tsx";
import {
  createDeferred,
  createDisk,
  eventsOf,
  live,
  outputOf,
  rest,
  startedComponents,
  until,
  type Deferred,
} from "./harness.ts";

describe("a branch that ends", () => {
  test("aborts what runs in it, says so, and drops its late result", async () => {
    const { Gate, executions } = createGate();
    const bad = createGate("Failing");
    const W = workflow("W", () => (
      <Catch fallback="caught">
        <Parallel>
          <Gate />
          <bad.Gate />
        </Parallel>
      </Catch>
    ));
    const life = live(W);
    await until(() => executions.length === 1 && bad.executions.length === 1);
    bad.executions[0]?.end.reject(new Error("no"));
    expect(await life.stopped).toMatchObject({ end: { output: "caught" } });
    expect(executions[0]?.signal.aborted).toBe(true);
    expect(executions[0]?.signal.reason).toMatchObject({ code: "cancelled" });
    expect(eventsOf(life.disk, "step.cancelled")).toHaveLength(1);
    executions[0]?.end.resolve("late");
    await rest();
    expect(life.disk.entries.filter((entry) => entry.t === "ok")).toEqual([]);
  });

  test("lets an async workflow's finally run, and refuses what it calls then", async () => {
    const { Gate, executions } = createGate();
    const fails = createGate("Failing");
    const seen: string[] = [];
    const Inner = workflow("Inner", async () => {
      try {
        await Gate.run({});
      } catch (error) {
        seen.push((error as { code: string }).code);
      } finally {
        seen.push("finally");
        await Echo.run({ v: 9 }).catch((error) => seen.push((error as { code: string }).code));
      }
      return null;
    });
    const W = workflow("W", () => (
      <Catch fallback={<Inc v={1} />}>
        <Inner />
        <fails.Gate />
      </Catch>
    ));
    const life = live(W);
    await until(() => executions.length === 1 && fails.executions.length === 1);
    fails.executions[0]?.end.reject(new Error("no"));
    expect(await life.stopped).toMatchObject({ end: { output: 2 } });
    await rest();
    expect(seen).toEqual(["cancelled", "finally", "ended"]);
    expect(startedComponents(life.disk)).not.toContain("Echo");
  });

  test("does not let a loop that catches everything spin", async () => {
    const { Gate, executions } = createGate();
    const fails = createGate("Failing");
    let rounds = 0;
    const Stubborn = workflow("Stubborn", async (): Promise<Json> => {
      for (;;) {
        rounds++;
        try {
          await Gate.run({ v: rounds });
        } catch {
          // again
        }
      }
    });
    const life = live(
      workflow("W", () => (
        <Catch fallback="over">
          <Stubborn />
          <fails.Gate />
        </Catch>
      )),
    );
    await until(() => executions.length === 1 && fails.executions.length === 1);
    fails.executions[0]?.end.reject(new Error("no"));
    expect(await life.stopped).toMatchObject({ end: { output: "over" } });
    await rest();
    const roundsSoFar = rounds;
    await rest();
    expect(rounds).toBe(roundsSoFar);
    expect(rounds).toBeLessThan(200);
  });

  test("keeps a result whose write has begun: asked for again, it is not executed again", async () => {
    const [fast, fails, other] = [createGate("Fast"), createGate("Fails"), createGate("Other")];
    let comeBack!: (back: boolean) => void;
    function Fallback(): ReactNode {
      const [back, setBack] = useState(false);
      useEffect(() => void (comeBack = setBack), []);
      return back ? <fast.Gate /> : <other.Gate />;
    }
    const W = workflow("W", () => (
      <Catch fallback={<Fallback />}>
        <fast.Gate />
        <fails.Gate />
      </Catch>
    ));
    const acknowledgements: Deferred<void>[] = [];
    const life = live(W, {
      acknowledge() {
        const acknowledged = createDeferred();
        acknowledgements.push(acknowledged);
        return acknowledged.promise;
      },
    });
    await until(() => fast.executions.length === 1 && fails.executions.length === 1);
    // The failure is applied while the result is still being written.
    fails.executions[0]?.end.reject(new Error("no"));
    await rest();
    fast.executions[0]?.end.resolve("kept");
    await rest();
    expect(acknowledgements).toHaveLength(2);
    acknowledgements[0]?.resolve();
    await until(() => eventsOf(life.disk, "step.cancelled").length === 1);
    comeBack(true);
    await rest();
    for (const { resolve } of acknowledgements) resolve();
    await rest();
    for (const { resolve } of acknowledgements) resolve();
    expect(await life.stopped).toMatchObject({ end: { output: "kept" } });
    expect(fast.executions).toHaveLength(1);
  });
});

describe("a component that ends", () => {
  test("cancels what it called and did not wait for", async () => {
    const { Gate, executions } = createGate();
    const Leaves = component("Leaves", async () => {
      void Gate.run({});
      return await Inc.run({ v: 1 });
    });
    const life = live(workflow("W", () => [use(Leaves.run({})), use(Inc.run({ v: 5 }))]));
    expect(await life.stopped).toMatchObject({ end: { output: [2, 6] } });
    expect(executions[0]?.signal.aborted).toBe(true);
    expect(life.disk.entries.filter((entry) => entry.t === "ok" && entry.name === "Gate")).toEqual([]);
  });

  test("has its own signal aborted, for what it left behind outside", async () => {
    let signal: AbortSignal | undefined;
    const Keeps = component("Keeps", async (_props: {}, step) => {
      ({ signal } = step);
      return null;
    });
    await outputOf(workflow("W", () => use(Keeps.run({}))));
    expect(signal?.aborted).toBe(true);
  });

  test("that fails an attempt has that attempt's signal aborted", async () => {
    const signals: AbortSignal[] = [];
    const Fails = component("Fails", async (_props: {}, step) => {
      signals.push(step.signal);
      if (step.attempt === 1) throw new Error("once");
      return signals[0]?.aborted ?? null;
    }).retry({ attempts: 2, initial: 0 });
    expect(await outputOf(workflow("W", () => use(Fails.run({}))))).toBe(true);
    expect(signals).toHaveLength(2);
  });

  test("cancels, when it is cancelled itself, all it has called", async () => {
    const { Gate, executions } = createGate();
    const seen: string[] = [];
    const Agent = component("Agent", async () => {
      try {
        return await Gate.run({});
      } catch (error) {
        seen.push((error as { code: string }).code);
        throw error;
      }
    });
    const life = live(workflow("W", () => use(Agent.run({}))));
    await until(() => executions.length === 1);
    life.run.cancel();
    expect(await life.stopped).toMatchObject({ end: { status: "cancelled" } });
    await rest();
    expect(seen).toEqual(["cancelled"]);
    expect(executions[0]?.signal.aborted).toBe(true);
  });
});

describe("a render body", () => {
  test("that completes a pass without a call cancels it, and starts it anew when it is made again", async () => {
    const [part, other] = [createGate("Part"), createGate("Rest")];
    let setPhase!: (phase: number) => void;
    const W = workflow("W", () => {
      const [phase, set] = useState(0);
      useEffect(() => void (setPhase = set), []);
      const parts = phase === 1 ? [] : all([part.Gate.run({})]);
      return (
        <Parallel>
          <Echo v={parts} />
          <other.Gate />
        </Parallel>
      );
    });
    const life = live(W);
    await until(() => part.executions.length === 1 && other.executions.length === 1);
    setPhase(1);
    await rest();
    expect(part.executions[0]?.signal.aborted).toBe(true);
    expect(other.executions[0]?.signal.aborted).toBe(false);
    setPhase(2);
    await until(() => part.executions.length === 2);
    part.executions[1]?.end.resolve("part");
    other.executions[0]?.end.resolve("rest");
    expect(await life.stopped).toMatchObject({ end: { output: [["part"], "rest"] } });
  });

  test("that is hidden by React keeps what runs in it", async () => {
    const { Gate, executions } = createGate();
    const other = createGate("Other");
    const Suspends = workflow("Suspends", () => {
      const first = Gate.run({});
      const second = use(other.Gate.run({}));
      return [use(first), second];
    });
    const life = live(
      workflow("W", () => (
        <Suspense fallback={<Echo v="meanwhile" />}>
          <Inc v={1} />
          <Suspends />
        </Suspense>
      )),
    );
    await until(() => executions.length === 1 && other.executions.length === 1);
    other.executions[0]?.end.resolve("b");
    await rest();
    expect(executions[0]?.signal.aborted).toBe(false);
    executions[0]?.end.resolve("a");
    expect(await life.stopped).toMatchObject({ end: { output: [2, ["a", "b"]] } });
  });
});

describe("a run", () => {
  test("that is cancelled runs the finally of its body and ends as cancelled", async () => {
    const { Gate, executions } = createGate();
    const seen: string[] = [];
    const W = workflow("W", async () => {
      try {
        return await Gate.run({});
      } finally {
        seen.push("finally");
      }
    });
    const life = live(W);
    await until(() => executions.length === 1);
    life.run.cancel();
    expect(await life.stopped).toMatchObject({ state: "ended", end: { status: "cancelled" } });
    await rest();
    expect(seen).toEqual(["finally"]);
    expect(executions[0]?.signal.reason).toMatchObject({ code: "cancelled" });
  });

  test("that was asked to cancel before a crash is cancelled on recovery, and starts nothing", async () => {
    const { Gate, executions } = createGate();
    const W = workflow("W", () => use(Gate.run({})));
    const life = live(W, { onWrite: (_count, entry) => (entry.t === "cancel" ? "kept" : undefined) });
    await until(() => executions.length === 1);
    life.run.cancel();
    expect(await life.stopped).toEqual({ state: "crashed" });
    expect(await live(W, { disk: createDisk(life.disk) }).stopped).toMatchObject({
      end: { status: "cancelled" },
    });
    expect(executions).toHaveLength(1);
  });

  test("that is only stopped, to be parked or handed over, cancels nothing in the stream", async () => {
    const { Gate, executions } = createGate();
    const life = live(workflow("W", () => use(Gate.run({}))));
    await until(() => executions.length === 1);
    life.run.stop();
    await rest();
    expect(executions[0]?.signal.aborted).toBe(true); // this process has no use for it any more
    expect(eventsOf(life.disk, "step.cancelled")).toEqual([]);
  });

  test("that fails cancels what is under way", async () => {
    const { Gate, executions } = createGate();
    const life = live(
      workflow("W", () => (
        <Parallel>
          <Gate />
          <Echo v={1}>{() => <Bad />}</Echo>
        </Parallel>
      )),
    );
    expect(await life.stopped).toMatchObject({ end: { status: "failed" } });
    expect(executions[0]?.signal.aborted).toBe(true);
  });
});
