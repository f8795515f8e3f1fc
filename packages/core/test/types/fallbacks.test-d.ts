// Fallbacks: what takes the props of the component, and what its output is then.
import { type Call, component, workflow } from "@alder/core";
import { z } from "zod";
import { same } from "./same.ts";
import { isoDate } from "./schemas.test-d.ts";

// ---- without an output schema the output is of either type
type Ask = { q: string; deep?: boolean };
const AskBig = component("AskBig", async ({ q }: Ask) => ({ text: q }));
const AskSmall = component("AskSmall", async ({ q }: { q: string }) => q.length);
const AskWith = component("AskWith", async ({ q, model }: { q: string; model: string }) => `${model} ${q}`);
const small = AskBig.fallback(AskSmall).retry({ attempts: 2 });
same<ReturnType<typeof small.run>, Call<{ text: string } | number>>(true);
same<typeof small.name, "AskBig">(true);
const orNull = AskBig.fallback(AskSmall).fallback(() => null);
same<ReturnType<typeof orNull.run>, Call<{ text: string } | number | null>>(true);
const named = AskBig.fallback((error, { q, deep }) => ({ code: error.code, q, deep: deep ?? false }));
same<
  ReturnType<typeof named.run>,
  Call<{ text: string } | { code: string | null; q: string; deep: boolean }>
>(true);
const called = AskBig.fallback((_, { q }) => AskWith.run({ q, model: "small" }));
same<ReturnType<typeof called.run>, Call<{ text: string } | string>>(true);
AskBig.fallback(workflow("AskPerson", async ({ q }: { q: string }) => q));
// @ts-expect-error it needs a prop that the component does not have
AskBig.fallback(AskWith);
// @ts-expect-error its prop is of another type
AskBig.fallback(component("AskNumber", async ({ q }: { q: number }) => q));
// @ts-expect-error not JSON
AskBig.fallback(() => new Date());
// @ts-expect-error no such prop
AskBig.fallback((_, { model }) => model);
// @ts-expect-error neither a step nor a function
AskBig.fallback("none");

// ---- with one it must fit
const schemas = {
  input: z.object({ q: z.string(), deep: z.boolean().default(false) }),
  output: z.object({ at: isoDate }),
};
const When = component("When", schemas, async () => ({ at: new Date() }));
const WhenElse = component("WhenElse", schemas, async () => ({ at: new Date() })).fallback(() => ({
  at: new Date(),
}));
const when = When.timeout("1s")
  .fallback(WhenElse)
  .fallback(async (_, { q, deep }) => {
    same<typeof q, string>(true);
    same<typeof deep, boolean | undefined>(true);
    return { at: new Date() };
  });
same<ReturnType<typeof when.run>, Call<{ at: Date }>>(true);
// @ts-expect-error not what its schema takes
When.fallback(() => null);
// @ts-expect-error not what its schema takes
When.fallback(async () => ({ at: "2020" }));
// @ts-expect-error not what its schema takes
When.fallback(AskSmall);
const later = When.timeout("1s").fallback(WhenElse);
// @ts-expect-error nor after another policy or fallback
later.fallback(() => null);
