// Schemas: callers give the encoded form, bodies and parents see the decoded one.
import { type Call, component, workflow } from "@alder/core";
import { z } from "zod";
import { same } from "./same.ts";

export const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

const Coded = component(
  "Coded",
  { input: z.object({ at: isoDate, count: z.number().default(3) }), output: z.object({ at: isoDate }) },
  async ({ at, count }, step) => {
    same<typeof at, Date>(true);
    same<typeof count, number>(true);
    same<typeof step.signal, AbortSignal>(true);
    return { at };
  },
);
void Coded.run({ at: "2020-01-01T00:00:00Z" });
// @ts-expect-error callers give the encoded form
void Coded.run({ at: new Date() });
same<ReturnType<typeof Coded.run>, Call<{ at: Date }>>(true);
// @ts-expect-error an output is given decoded
component("Wrong", { input: z.object({}), output: z.object({ at: isoDate }) }, async () => ({ at: "2020" }));

const InputOnly = component("InputOnly", { input: z.object({ query: z.string() }) }, async ({ query }) => ({
  query,
}));
same<ReturnType<typeof InputOnly.run>, Call<{ query: string }>>(true);

const CodedGenerator = component(
  "CodedGenerator",
  { input: z.object({}), output: z.object({ at: isoDate }) },
  async function* () {
    yield "a";
    return { at: new Date() };
  },
);
same<ReturnType<typeof CodedGenerator.run>, Call<{ at: Date }>>(true);

// @ts-expect-error no output schema: a Date is not JSON
component("Wrong", { input: z.object({ query: z.string() }) }, async () => ({ at: new Date() }));
// @ts-expect-error z.date() is not JSON on the wire
component("Wrong", { input: z.object({ at: z.date() }) }, async () => null);
// @ts-expect-error z.date() is not JSON on the wire
workflow("wrong", { input: z.object({ at: z.date() }) }, () => null);

const Account = workflow(
  "account",
  {
    input: z.object({ since: isoDate, limit: z.number().default(10) }),
    output: z.object({ until: isoDate }),
  },
  async ({ since, limit }) => {
    same<typeof since, Date>(true);
    same<typeof limit, number>(true);
    return { until: since };
  },
);
same<Parameters<typeof Account.run>[0] extends infer P ? keyof P : never, "since" | "limit">(true);
same<ReturnType<typeof Account.run>, Call<{ until: Date }>>(true);
same<(typeof Account)["~types"]["wire"], { until: string }>(true);
