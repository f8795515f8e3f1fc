/** @jsxImportSource @alder/core */
/** E10: values are JSON, and what a consumer receives live is what it would receive after a replay. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Catch, component, type Json, Publish, Status, type Step, use, workflow } from "@alder/core";
import { Echo } from "./components.tsx";
import { createDisk, live, outputOf, type AnyWorkflow } from "./harness.ts";

const returning = (value: unknown): AnyWorkflow => {
  const Gives = component("Gives", (async () => value) as () => Promise<Json>);
  return workflow("W", { input: z.object({}) }, () => use(Gives.run({})));
};

class Money {
  readonly amount = 1;
}

describe("an output that is not JSON names the component and the path", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const values: Record<string, { value: unknown; says: RegExp }> = {
    "a Date": { value: { at: [new Date()] }, says: /component "Gives".*at.*0.*Date/ },
    "a function": { value: { run() {} }, says: /component "Gives".*run.*function/ },
    NaN: { value: [1, Number.NaN], says: /component "Gives".*1.*NaN/ },
    "an instance of a class": { value: { price: new Money() }, says: /price.*Money/ },
    "undefined in an array": { value: [1, undefined], says: /component "Gives".*1.*undefined/ },
    "a cycle": { value: cycle, says: /self/ },
    "a bigint": { value: 1n, says: /bigint/ },
  };
  test.each(Object.entries(values))("%s", async (_name, { value, says }) => {
    await expect(outputOf(returning(value))).rejects.toMatchObject({
      code: "not_json",
      message: expect.stringMatching(says),
    });
  });
});

test("an undefined property is absent, an undefined output is null", async () => {
  expect(await outputOf(returning({ a: undefined, b: [{ c: undefined }] }))).toEqual({ b: [{}] });
  expect(await outputOf(returning(undefined))).toBe(null);
});

test("a failure of an output is caught like any other, and not retried in vain", async () => {
  let tries = 0;
  const Gives = component("Gives", (async () => ++tries && new Date()) as () => Promise<Json>).retry({
    attempts: 3,
    initial: 0,
  });
  const W = workflow("W", () => (
    <Catch fallback={(error) => <Echo v={[error.code, error.step]} />}>
      <Gives />
    </Catch>
  ));
  expect(await outputOf(W)).toEqual(["not_json", "Gives"]);
  expect(tries).toBe(1);
});

test("consumers get a frozen copy, live and after a replay alike", async () => {
  const given = { list: [{ n: 1 }] };
  const Gives = component("Gives", async () => given);
  const seen: unknown[] = [];
  const W = workflow("W", async () => {
    const value = await Gives.run({});
    seen.push(value);
    return Echo.run({ v: value });
  });
  const life = live(W);
  await life.stopped;
  given.list[0]!.n = 2;
  await live(W, { disk: createDisk(life.disk) }).stopped;
  expect(seen).toEqual([{ list: [{ n: 1 }] }, { list: [{ n: 1 }] }]);
  for (const value of seen as { list: object[] }[]) {
    expect(value).not.toBe(given);
    expect([value, value.list, value.list[0]].every(Object.isFrozen)).toBe(true);
  }
});

test("a body gets its props as frozen JSON, too", async () => {
  const props = { v: { deep: [1] } };
  let got: { deep: number[] } | undefined;
  const Takes = component("Takes", async ({ v }: { v: { deep: number[] } }) => {
    got = v;
    return null;
  });
  await outputOf(workflow("W", () => use(Takes.run(props))));
  expect(got).toEqual({ deep: [1] });
  expect(Object.isFrozen(got?.deep)).toBe(true);
  expect(got).not.toBe(props.v);
});

test("props and outputs are checked against their schemas", async () => {
  const Checked = component(
    "Checked",
    { input: z.object({ n: z.number().max(3) }), output: z.string() },
    async ({ n }) => (n === 3 ? (n as never) : String(n)),
  );
  const W = (n: number): AnyWorkflow => workflow("W", { input: z.object({}) }, () => use(Checked.run({ n })));
  expect(await outputOf(W(1))).toBe("1");
  await expect(outputOf(W(9))).rejects.toMatchObject({
    code: "invalid_input",
    message: expect.stringMatching(/Checked.*\/n/),
  });
  await expect(outputOf(W(3))).rejects.toMatchObject({
    code: "invalid_output",
    message: expect.stringMatching(/Checked/),
  });
});

test("the input of a workflow is checked, and its output", async () => {
  const schemas = { input: z.object({ topic: z.string() }), output: z.object({ title: z.string() }) };
  const W = workflow("W", schemas, ({ topic }) => (topic === "bad" ? ({} as never) : { title: topic }));
  expect(await outputOf(W, { input: { topic: "alders" } })).toEqual({ title: "alders" });
  await expect(outputOf(W, { input: { topic: 1 } })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(outputOf(W, { input: { topic: "bad" } })).rejects.toMatchObject({ code: "invalid_output" });
});

test("a value longer than the limit is an error that names the step, and no retry is tried", async () => {
  let tries = 0;
  const Long = component("Long", async ({ length }: { length: number }) => {
    tries++;
    return { text: "x".repeat(length) };
  }).retry({ attempts: 3, initial: 0 });
  const W = workflow("W", { input: z.object({ length: z.number() }) }, ({ length }) =>
    use(Long.run({ length })),
  );
  await expect(outputOf(W, { input: { length: 200 }, maxValueLength: 100 })).rejects.toMatchObject({
    code: "value_too_large",
    message: expect.stringMatching(/Long.*100/),
  });
  expect(tries).toBe(1);
  expect(await outputOf(W, { input: { length: 50 }, maxValueLength: 100 })).toEqual({ text: "x".repeat(50) });
});

test("the limit holds for a workflow's own output", async () => {
  const W = workflow("W", () => "x".repeat(200));
  await expect(outputOf(W, { maxValueLength: 100 })).rejects.toMatchObject({
    code: "value_too_large",
    message: expect.stringMatching(/W/),
  });
});

describe("what is said at once is no longer than the limit either", () => {
  const long = "x".repeat(200);
  const sayings: Record<string, (step: Step) => unknown> = {
    "step.status()": (step) => step.status(long),
    'step.publish("page")': (step) => step.publish("page", { long }),
    "step.log()": (step) => step.log("much", { long }),
    "step.write()": (step) => step.write(long),
  };
  test.each(Object.entries(sayings))("%s", async (method, say) => {
    let tries = 0;
    const Speaks = component("Speaks", async (_: {}, step) => {
      tries++;
      await say(step);
      return null;
    }).retry({ attempts: 3, initial: 0 });
    const W = workflow("W", () => <Speaks />);
    await expect(outputOf(W, { maxValueLength: 100 })).rejects.toMatchObject({
      code: "value_too_large",
      message: expect.stringContaining(`Speaks: ${method}`),
      step: "Speaks",
    });
    expect(tries).toBe(1);
    expect(await outputOf(W, { maxValueLength: 1_000 })).toBeNull();
  });

  test.each([
    ["Status", () => <Status>{long}</Status>],
    ["Publish", () => <Publish name="page" value={{ long }} />],
  ])("<%s>", async (name, body) => {
    const W = workflow("W", body);
    await expect(outputOf(W, { maxValueLength: 100 })).rejects.toMatchObject({
      code: "value_too_large",
      message: expect.stringContaining(`<${name}>`),
    });
  });
});
