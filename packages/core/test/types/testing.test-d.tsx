/** @jsxImportSource @alder/core */
// Mocks are typed by what they stand in for, and a test run by its workflow. Checked by the compiler, never executed.
import { component, workflow } from "@alder/core";
import { createTestRun, expectRecovery, expectReplay, mock } from "@alder/core/testing";
import { z } from "zod";
import { same } from "./same.ts";

const Research = component("Research", async ({ topic }: { topic: string }) => ({ notes: [topic] }));
const Draft = component("Draft", async function* ({ heading }: { heading: string }) {
  yield heading;
});
const Rows = component("Rows", async function* ({ count }: { count: number }) {
  for (let row = 0; row < count; row++) yield { row };
});
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});
const Age = component(
  "Age",
  { input: z.object({ born: isoDate }), output: z.object({ at: isoDate }) },
  async ({ born }) => ({ at: born }),
);
const Child = workflow("child", async ({ id }: { id: number }) => ({ doubled: id * 2 }));
const Article = workflow(
  "article",
  {
    input: z.object({ topic: z.string(), born: isoDate }),
    output: z.object({ title: z.string(), at: isoDate }),
    signals: { review: z.object({ approved: z.boolean() }) },
  },
  async ({ born }) => ({ title: "", at: born }),
);

// ---- mocks
mock(Research, { notes: [] });
mock(Research, ({ topic }, step) => ({ notes: [topic, String(step.attempt)] }));
mock(Research, async () => ({ notes: [] }));
mock(Research, (): never => {
  throw new Error("down");
});
mock(Draft, "text");
mock(Draft, ({ heading }) => heading);
mock(Draft, function* ({ heading }) {
  yield heading;
});
mock(Draft, async function* () {
  yield "a";
});
mock(Draft.retry({ attempts: 3 }), "text");
mock(Rows, [{ row: 1 }]);
mock(Rows, function* () {
  yield { row: 1 };
});
mock(Age, ({ born }) => {
  same<typeof born, string>(true);
  return { at: new Date(born) };
});
mock(Child, ({ id }) => ({ doubled: id }));
mock("an inline step", { any: ["json"] });

// @ts-expect-error wrong output
mock(Research, { notes: "none" });
// @ts-expect-error wrong output of a function
mock(Research, ({ topic }) => ({ notes: topic }));
// @ts-expect-error wrong output of an async function
mock(Research, async () => ({}));
// @ts-expect-error no such prop
mock(Research, ({ subject }) => ({ notes: [subject] }));
// @ts-expect-error text is yielded, not numbers
mock(Draft, function* () {
  yield 1;
});
// @ts-expect-error rows are yielded, not text
mock(Rows, function* () {
  yield "row";
});
// @ts-expect-error the output as the body gives it, decoded
mock(Age, { at: "2026-01-01T00:00:00.000Z" });
// @ts-expect-error wrong output of a nested workflow
mock(Child, { doubled: "two" });
// @ts-expect-error an output is JSON
mock("an inline step", new Date());
// @ts-expect-error not a component
mock(async () => "plain function", "text");

// ---- test runs
const run = createTestRun(Article, { topic: "alders", born: "2000-01-01T00:00:00.000Z" });
const article = await run.output();
same<typeof article, { title: string; at: Date }>(true);
const researched = run.calls(Research);
same<typeof researched, readonly { topic: string }[]>(true);
const children = run.calls(Child);
same<typeof children, readonly { id: number }[]>(true);
await run.signal("review", { approved: true });
await run.clock.advance("1d");
await expectReplay(run);

// @ts-expect-error input
createTestRun(Article, { topic: 1, born: "2000-01-01T00:00:00.000Z" });
// @ts-expect-error input is as callers give it
createTestRun(Article, { topic: "alders", born: new Date() });
// @ts-expect-error a component is tested by awaiting its run
createTestRun(Research, { topic: "alders" });
// @ts-expect-error undeclared signal
await run.signal("other", {});
// @ts-expect-error payload
await run.signal("review", { approved: "yes" });
// @ts-expect-error duration
await run.clock.advance("tomorrow");
// @ts-expect-error a crash is at a write that is kept or lost
createTestRun(Child, { id: 1 }, { crash: { atWrite: 1, write: "maybe" } });
createTestRun(Child, { id: 1 }, { crash: [{ after: Child }, { before: Research }] });

const { output } = await expectRecovery(Child, { id: 1 }, { act: (test) => test.rest() });
same<typeof output, { doubled: number } | undefined>(true);
// @ts-expect-error undeclared signal
await expectRecovery(Child, { id: 1 }, { act: (test) => test.signal("review", { approved: true }) });
