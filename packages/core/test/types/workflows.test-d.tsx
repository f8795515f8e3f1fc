/** @jsxImportSource @alder/core */
// Workflows: render and async bodies, combined calls, signals, and what a browser may know of them.
import {
  all,
  type Call,
  type Json,
  sleep,
  type Step,
  use,
  waitFor,
  workflow,
  type Workflow,
} from "@alder/core";
import { z } from "zod";
import { Draft, Nothing, Outline, Research } from "./components.test-d.tsx";
import { same, some } from "./same.ts";
import { isoDate } from "./schemas.test-d.ts";

const text = some<Call<string>>();

// ---- render bodies
export const Combine = workflow(
  "combine",
  { input: z.object({ names: z.array(z.string()) }) },
  ({ names }) => {
    const [a, b] = use(
      all([Research.run({ topic: "a" }), Draft.run({ heading: "h", notes: Research.run({ topic: "z" }) })]),
    );
    same<typeof a, { hits: string[]; at: number }>(true);
    same<typeof b, string>(true);
    const { research, other } = use(all({ research: Research.run({ topic: "a" }), other: text }));
    same<typeof research, { hits: string[]; at: number }>(true);
    same<typeof other, string>(true);
    const many = use(all(names.map((name) => Research.run({ topic: name }, { key: name }))));
    same<typeof many, { hits: string[]; at: number }[]>(true);
    const approval = use(waitFor("approve", { schema: z.object({ by: z.string() }), key: "first" }));
    same<typeof approval, { by: string }>(true);
    const raw = use(waitFor("raw", { key: 1 }));
    same<typeof raw, Json>(true);
    const slept = use(sleep("1h", { key: "nap" }));
    same<typeof slept, void>(true);
    // @ts-expect-error not a call
    use("x");
    // @ts-expect-error a promise is not a call
    use(Promise.resolve(1));
    // @ts-expect-error a promise among calls
    all([Promise.resolve(1)]);
    // @ts-expect-error no duration
    sleep("1 hour");
    return { a, many };
  },
);
type CombineOutput = { a: { hits: string[]; at: number }; many: { hits: string[]; at: number }[] };
same<ReturnType<typeof Combine.run>, Call<CombineOutput>>(true);

// ---- budgets, with and without schemas
workflow(
  "metered",
  { budget: { tokens: 10, cost: 1, warnAt: 0.5 } },
  ({ topic }: { topic: string }) => topic,
);
workflow("metered", { budget: { cost: 1 }, input: z.object({}), expect: "1m" }, () => null);
const Metered = workflow("metered", { budget: { tokens: 1 } }, async ({ n }: { n: number }) => n);
same<ReturnType<typeof Metered.run>, Call<number>>(true);
// @ts-expect-error props as the body says
Metered.run({ n: "1" });
// @ts-expect-error no such unit
workflow("metered", { budget: { euros: 1 } }, () => null);
// @ts-expect-error a number
workflow("metered", { budget: { tokens: "10" } }, () => null);

export const Article = workflow(
  "article",
  {
    input: z.object({ topic: z.string(), count: z.number().default(1) }),
    output: z.object({ at: isoDate, text: z.string() }),
    signals: { approve: z.object({ ok: z.boolean() }), edit: z.string() },
    streams: { outline: z.array(z.string()) },
  },
  ({ topic, count }, step) => {
    same<typeof count, number>(true);
    same<typeof step, Step>(true);
    return { at: new Date(), text: topic };
  },
);
same<ReturnType<typeof Article.run>, Call<{ at: Date; text: string }>>(true);
same<(typeof Article)["~types"]["input"], { topic: string; count?: number | undefined }>(true);
same<(typeof Article)["~types"]["wire"], { at: string; text: string }>(true);
same<keyof (typeof Article)["~types"]["signals"], "approve" | "edit">(true);
same<keyof (typeof Article)["~types"]["streams"], "outline">(true);
same<typeof Article.name, "article">(true);
void Article.run({ topic: text, count: 2 }, { key: "a" });
// @ts-expect-error missing topic
void Article.run({});
// @ts-expect-error not callable
Article({ topic: "x" });
// @ts-expect-error a workflow has no retry policy
Article.retry({ attempts: 2 });

const TreeWithSchema = workflow(
  "tree-with-schema",
  { input: z.object({}), output: z.array(z.string()) },
  () => <Outline notes={Research.run({ topic: "x" })} />,
);
same<ReturnType<typeof TreeWithSchema.run>, Call<string[]>>(true);

// ---- without schemas
const Plain = workflow("plain", ({ topic }: { topic: string }) => ({ topic }));
same<typeof Plain, Workflow<{ topic: string }, { topic: string }, "plain">>(true);
void Plain.run({ topic: text });
const Bare = workflow("bare", () => <Nothing />);
same<ReturnType<typeof Bare.run>, Call<unknown>>(true);
void Bare.run();
// @ts-expect-error Date as a prop
workflow("p", ({ at }: { at: Date }) => at.getTime());
// @ts-expect-error function as a prop
workflow("p", ({ get }: { get: () => number }) => get());

// ---- async bodies
export const Onboard = workflow(
  "onboard",
  { input: z.object({ account: z.string() }) },
  async ({ account }, step) => {
    same<typeof step.signal, AbortSignal>(true);
    const research = await Research.run({ topic: account });
    same<typeof research, { hits: string[]; at: number }>(true);
    const facts = await Promise.all(research.hits.map((hit) => Research.run({ topic: hit })));
    same<typeof facts, { hits: string[]; at: number }[]>(true);
    const { outline } = await all({ outline: Outline.run({ notes: research }) });
    same<typeof outline, string[]>(true);
    for (let round = 0; round < 3; round++) await sleep("1d");
    const review = await waitFor("review", { schema: z.object({ approved: z.boolean() }) });
    try {
      return { outline, approved: review.approved };
    } catch {
      return { outline, approved: false };
    }
  },
);
same<ReturnType<typeof Onboard.run>, Call<{ outline: string[]; approved: boolean }>>(true);
same<(typeof Onboard)["~types"]["wire"], { outline: string[]; approved: boolean }>(true);

const AsyncWithSchema = workflow(
  "async-with-schema",
  { input: z.object({}), output: z.object({ at: isoDate }) },
  async () => ({ at: new Date() }),
);
same<ReturnType<typeof AsyncWithSchema.run>, Call<{ at: Date }>>(true);
const AsyncNothing = workflow("async-nothing", async () => {});
same<ReturnType<typeof AsyncNothing.run>, Call<void>>(true);
const AsyncPlain = workflow("async-plain", async ({ topic }: { topic: string }) => topic.length);
same<ReturnType<typeof AsyncPlain.run>, Call<number>>(true);
const AsyncOfCall = workflow("async-of-call", async () => Research.run({ topic: "x" }));
same<ReturnType<typeof AsyncOfCall.run>, Call<{ hits: string[]; at: number }>>(true);

// @ts-expect-error an async body returns data
workflow("p", async () => <Nothing />);
// @ts-expect-error a Date without a schema
workflow("p", async () => ({ at: new Date() }));
// @ts-expect-error does not fit the schema
workflow("p", { input: z.object({}), output: z.object({ a: z.string() }) }, async () => ({ a: 1 }));
// @ts-expect-error a workflow does not yield
workflow("p", async function* () {
  yield "x";
});

// ---- what else is refused
// @ts-expect-error returns a call instead of using it
workflow("p", { input: z.object({}) }, () => text);
// @ts-expect-error a Date without a schema
workflow("p", { input: z.object({}) }, () => ({ at: new Date() }));
// @ts-expect-error does not fit the schema
workflow("p", { input: z.object({}), output: z.object({ a: z.string() }) }, () => ({ a: 1 }));
// @ts-expect-error elements inside data are not rendered
workflow("p", { input: z.object({}) }, () => ({ a: <Nothing /> }));
// @ts-expect-error no body
workflow("p");
// @ts-expect-error schemas go before the body
workflow("p", () => null, { input: z.object({}) });
