/** @jsxImportSource @alder/core */
/** `.timeout`: an attempt that takes too long fails, its signal is aborted, and its late result is dropped. */
import { expect, test } from "vitest";
import { Catch, component, use, workflow } from "@alder/core";
import { createManualClock } from "../../src/testing/manual-clock.ts";
import { createGate, Echo } from "./components.tsx";
import { eventsOf, liveWhileIdle as live, rest, startedComponents, until } from "./harness.ts";

test("an attempt that takes too long fails with timeout", async () => {
  const clock = createManualClock();
  const { Gate, executions } = createGate();
  const W = workflow("W", () => (
    <Catch fallback={(error) => <Echo v={[error.code, error.step]} />}>
      {use(Gate.timeout("1s").run({})) as never}
    </Catch>
  ));
  const Boundary = workflow("Boundary", () => (
    <Catch fallback={(error) => <Echo v={[error.code, error.step]} />}>
      <W />
    </Catch>
  ));
  const life = live(Boundary, { clock });
  await until(() => executions.length === 1);
  clock.advance(999);
  await rest();
  expect(executions[0]?.signal.aborted).toBe(false);
  clock.advance(1);
  expect(await life.stopped).toMatchObject({ end: { output: ["timeout", "Gate"] } });
  expect(executions[0]?.signal.reason).toMatchObject({ code: "timeout" });
  executions[0]?.end.resolve("late");
  await rest();
  expect(eventsOf(life.disk, "step.completed").filter(({ output }) => output === "late")).toEqual([]);
});

test("it may be tried again, and every attempt has the whole time", async () => {
  const clock = createManualClock();
  const { Gate, executions } = createGate();
  const Patient = Gate.timeout({ attempt: "1s" }).retry({
    attempts: 2,
    backoff: "constant",
    initial: 500,
    jitter: false,
  });
  const life = live(
    workflow("W", () => use(Patient.run({}))),
    { clock },
  );
  await until(() => executions.length === 1);
  clock.advance(1000);
  await rest();
  executions[0]?.end.resolve("late");
  clock.advance(500);
  await until(() => executions.length === 2);
  clock.advance(999);
  executions[1]?.end.resolve("in time");
  expect(await life.stopped).toMatchObject({ end: { output: "in time" } });
});

test("what the attempt had called is cancelled, and its awaits reject with the timeout", async () => {
  const clock = createManualClock();
  const { Gate, executions } = createGate();
  const seen: unknown[] = [];
  const Agent = component("Agent", async () => {
    try {
      return await Gate.run({});
    } catch (error) {
      seen.push((error as { code: string }).code);
      await Echo.run({ v: 1 }).catch((late) => seen.push((late as { code: string }).code));
      throw error;
    }
  }).timeout(1000);
  const life = live(
    workflow("W", () => use(Agent.run({}))),
    { clock },
  );
  await until(() => executions.length === 1);
  clock.advance(1000);
  expect(await life.stopped).toMatchObject({ end: { status: "failed", error: { code: "timeout" } } });
  await rest();
  expect(seen).toEqual(["timeout", "ended"]);
  expect(executions[0]?.signal.aborted).toBe(true);
  expect(startedComponents(life.disk)).toEqual(["Agent", "Gate"]);
});

test("a generator that is asleep is not asked for more", async () => {
  const clock = createManualClock();
  const { Gate, executions } = createGate();
  const Streams = component("Streams", async function* () {
    yield "a";
    yield String(await Gate.run({}));
    yield "c";
  }).timeout(1000);
  const life = live(
    workflow("W", () => use(Streams.run({}))),
    { clock },
  );
  await until(() => executions.length === 1);
  clock.advance(1000);
  expect(await life.stopped).toMatchObject({ end: { status: "failed", error: { code: "timeout" } } });
  await rest();
  expect(eventsOf(life.disk, "chunk").map(({ delta }) => delta)).toEqual(["a"]);
});
