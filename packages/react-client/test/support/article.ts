/** The types of the workflow that the test's worker pretends to execute. */
import { workflow } from "@alder/core";
import { z } from "zod";

export const Article = workflow(
  "article",
  {
    input: z.object({ topic: z.string(), words: z.number().optional() }),
    output: z.unknown(),
    signals: { review: z.object({ approved: z.boolean(), note: z.string().optional() }), stop: z.null() },
    streams: { outline: z.unknown() },
  },
  () => null,
);
