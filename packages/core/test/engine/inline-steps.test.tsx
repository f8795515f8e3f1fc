/** @jsxImportSource @alder/core */
/** `step.run`: work written in place is a step like a component's (E1), known by its name alone (E3). */
import { describe, expect, test } from "vitest";
import { component, type Json, use, workflow } from "@alder/core";
import { Echo } from "./components.tsx";
import { sameAfterAnyCrash } from "./crash-everywhere.ts";
import { eventsOf, live, outputOf } from "./harness.ts";

test("is executed once and remembered, in every kind of body", async () => {
  const Rendered = workflow("Rendered", (_props: {}, step) => {
    const text = use(step.run("load", async () => "loaded"));
    return [text, use(step.run("save", async () => `${text} and saved`))];
  });
  const Awaited = workflow("Awaited", async (_props: {}, step) => [
    await step.run("load", async () => 1),
    await step.run("save", async (inner) => inner.attempt),
  ]);
  const Working = component("Working", async (_props: {}, step) => [
    await step.run("load", async () => "a"),
    await Echo.run({ v: await step.run("save", async () => "b") }),
  ]);
  const W = workflow("W", () => [use(Rendered.run()), use(Awaited.run()), use(Working.run())] as Json);
  expect(await sameAfterAnyCrash(W)).toEqual([
    ["loaded", "loaded and saved"],
    [1, 1],
    ["a", "b"],
  ]);
});

test("streams, fails and is cancelled like a component", async () => {
  const W = workflow("W", async (_props: {}, step) => {
    const text = await step.run("draft", async function* () {
      yield "one ";
      yield "two";
    });
    try {
      await step.run("fail", async (): Promise<null> => {
        throw new Error("no");
      });
    } catch (error) {
      return [text, (error as Error).message];
    }
    return null;
  });
  const life = live(W);
  expect(await life.stopped).toMatchObject({ end: { output: ["one two", "no"] } });
  expect(eventsOf(life.disk, "chunk").map(({ delta }) => delta)).toEqual(["one ", "two"]);
  expect(eventsOf(life.disk, "step.failed")).toMatchObject([{ error: { step: "fail" } }]);
});

describe("a name used twice", () => {
  test.each([
    [
      "a render body",
      workflow("W", (_props: {}, step) => [
        use(step.run("x", async () => 1)),
        use(step.run("x", async () => 2)),
      ]),
    ],
    [
      "an async body",
      workflow("W", async (_props: {}, step) => [
        await step.run("x", async () => 1),
        await step.run("x", async () => 2),
      ]),
    ],
  ])("in %s is an error that asks for a key", async (_what, W) => {
    await expect(outputOf(W)).rejects.toMatchObject({
      code: "same_step",
      message: expect.stringContaining("key"),
    });
  });

  test("with keys is two steps", async () => {
    const W = workflow("W", async (_props: {}, step) =>
      Promise.all([1, 2, 3].map((key) => step.run("x", async () => key * 10, { key }))),
    );
    expect(await sameAfterAnyCrash(W)).toEqual([10, 20, 30]);
  });
});

test.each([
  ["bad_name", "", async () => 1],
  ["bad_body", "x", 1],
])("%s", async (code, name, work) => {
  const W = workflow("W", async (_props: {}, step) => step.run(name, work as never) as never);
  await expect(outputOf(W)).rejects.toMatchObject({ code });
});

test("outside of a run it is executed plainly", async () => {
  const Working = component("Working", async (_props: {}, step) => step.run("load", async () => "a"));
  expect(await Working.run()).toBe("a");
});

test("what a render body says is refused, as it is executed again and again", async () => {
  const W = workflow("W", (_props: {}, step) => {
    step.status("x");
    return null;
  });
  await expect(outputOf(W)).rejects.toMatchObject({
    code: "step_in_render",
    message: expect.stringContaining("<Status>"),
  });
});
