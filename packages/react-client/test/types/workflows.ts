/** Workflows as a server would define them; their types are all that the tests beside this file load. */
import { component, use, workflow } from "@alder/core";
import { z } from "zod";

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

const Research = component("Research", async ({ topic }: { topic: string }) => ({ hits: [topic], at: 1 }));

export const Article = workflow(
  "article",
  {
    input: z.object({ topic: z.string(), count: z.number().default(1) }),
    output: z.object({ at: isoDate, text: z.string() }),
    signals: { approve: z.object({ ok: z.boolean() }), edit: z.string() },
    streams: { outline: z.array(z.string()) },
  },
  ({ topic }) => ({ at: new Date(), text: topic }),
);

export const Combine = workflow(
  "combine",
  { input: z.object({ names: z.array(z.string()) }) },
  ({ names }) => {
    const first = use(Research.run({ topic: names[0] ?? "" }));
    return { first };
  },
);

export const Nightly = workflow(
  "nightly",
  { input: z.object({ day: z.string().optional() }) },
  async () => 7,
);

export const workflows = { Article, Combine, Nightly };
export const list = [Article, Combine, Nightly] as const;
